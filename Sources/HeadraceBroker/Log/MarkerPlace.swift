/// A transaction's marker that is written to its segment but not part of the log yet. Lives only while its
/// partition's lock is held.
struct MarkerPlace {
  let partition: Partition
  let segment: Segment
  let place: JournalPlace
  let header: RecordBatchHeader
  let batch: [UInt8]

  /// The partition's move once the marker is durable.
  var advance: JournalStage.Advance {
    JournalStage.Advance(
      partition: partition, end: header.nextOffset, appendedBytes: partition.appendedBytes + Int64(batch.count))
  }

  /// Makes the marker part of the log.
  func take(number: UInt64, commit: Bool, now: Int64) {
    if partition.segments.last !== segment { partition.segments.append(segment) }
    segment.take(header, at: place.position)
    partition.nextOffset = header.nextOffset
    partition.appendedBytes += Int64(batch.count)
    partition.appliedNumber = number
    partition.takeMarker(
      producerId: header.producerId, epoch: header.producerEpoch, offset: header.baseOffset, commit: commit, now: now)
  }
}

extension Partition {
  /// Writes a marker behind the log's end; it counts once it is taken. The lock is held.
  func writeMarker(
    producerId: Int64, epoch: Int16, commit: Bool, coordinatorEpoch: Int32
  ) throws(LogError) -> MarkerPlace {
    let batch = RecordBatchBuilder.marker(
      offset: nextOffset, producerId: producerId, epoch: epoch, commit: commit, coordinatorEpoch: coordinatorEpoch,
      timestamp: environment.now())
    let header = batch.withView { RecordBatchHeader($0)! }
    let segment = segmentToAppend(header, settings.configuration)
    let position = segment.size
    _ = try batch.withView { (view) throws(LogError) in try write(view, .empty, to: segment, at: position) }
    let place = JournalPlace(
      topicId: topicId, partition: index, segmentBase: segment.base, generation: segment.generation,
      position: position)
    return MarkerPlace(partition: self, segment: segment, place: place, header: header, batch: batch)
  }
}
