/// A record that is through: what it wrote.
package struct FinishedWork: Sendable {
  package let item: WorkItem
  package let outputs: Outputs
  let bytes: Int
}

/// What one commit carries: outputs of finished records, and for each partition its base with the state beyond it, as
/// one snapshot.
package struct CommitBatch: Sendable {
  /// One partition's acknowledgement.
  package struct Mark: Sendable {
    package let lane: PartitionLane
    /// The offset to commit.
    package let base: Int64
    /// What goes with it.
    package let metadata: String
  }

  /// Goes into every mark's metadata: tells after an unknown outcome whether it went through.
  package let nonce: UInt64
  /// Finished records in the order in which they finished.
  package internal(set) var work: [FinishedWork]
  package internal(set) var marks: [Mark]
  /// Bytes of the outputs.
  package internal(set) var bytes: Int
}

extension CommitBatch {
  /// How many outputs the batch carries.
  var outputCount: Int { work.reduce(0) { $0 + $1.outputs.records.count } }

  /// Walks over the outputs without gathering them first.
  struct OutputCursor {
    private var record = 0
    private var output = -1

    /// The next output of the batch; there must be one.
    mutating func next(in batch: borrowing CommitBatch) -> Output {
      output += 1
      while output >= batch.work[record].outputs.records.count {
        record += 1
        output = 0
      }
      return batch.work[record].outputs.records[output]
    }
  }
}
