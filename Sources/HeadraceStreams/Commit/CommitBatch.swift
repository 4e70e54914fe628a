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
