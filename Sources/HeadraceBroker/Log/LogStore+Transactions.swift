internal import FoundationEssentials

extension LogStore {
  /// Ends a transaction with one journal record: a marker in every partition, written to or not, and the state that
  /// goes with it; durable together or not at all.
  ///
  /// - Parameters:
  ///   - partitions: Where the transaction wrote; those deleted meanwhile are left out.
  ///   - commit: Or roll back.
  ///   - state: For instance the transaction's end and the offsets that it commits.
  /// - Throws: KAFKA_STORAGE_ERROR when the disk refuses; nothing has happened then.
  func endTransaction(
    partitions: [Partition], producerId: Int64, epoch: Int16, commit: Bool, coordinatorEpoch: Int32,
    state changes: [StateChange]
  ) throws(LogError) -> CommitTicket {
    var stateWriter = ByteWriter()
    StateStoreImage.encode(changes, to: &stateWriter)
    let ordered = partitions.sorted { ($0.topicId.uuidString, $0.index) < ($1.topicId.uuidString, $1.index) }
    let markerBytes = RecordBatchHeader.byteCount + 17
    let admitted =
      JournalFile.recordOverhead + 8 + stateWriter.count
      + ordered.count * (JournalPlace.byteCount + 4 + markerBytes)
    guard admitted < JournalFile.largestRecord else {
      throw .storage("\(admitted) bytes in the end of one transaction")
    }
    try journal.admit(admitted)
    for partition in ordered { partition.lock.lock() }
    defer { for partition in ordered { partition.lock.unlock() } }
    var written: [MarkerPlace] = []
    do throws(LogError) {
      for partition in ordered where !partition.deleted {
        written.append(
          try partition.writeMarker(
            producerId: producerId, epoch: epoch, commit: commit, coordinatorEpoch: coordinatorEpoch))
      }
    } catch {
      // What was written lies behind the ends of the segments: it is overwritten by the next batch.
      journal.cancel(admitted)
      throw error
    }
    var writer = ByteWriter(capacity: admitted)
    writer.put(UInt32(written.count))
    for marker in written {
      marker.place.encode(to: &writer)
      writer.putBytes(marker.batch)
    }
    writer.putRaw(stateWriter.bytes)
    let number = writer.bytes.withView { view in
      let body = JournalBody(view)
      let advances = written.map(\.advance)
      return state.apply(changes) { journal.enqueue(.transactionEnd, body, admitted: admitted, advances: advances) }
    }
    for marker in written { marker.take(number: number, commit: commit, now: environment.now()) }
    return CommitTicket(journal: journal, number: number)
  }
}
