/// Writes a cleaned segment, in pieces of about 1 MiB.
struct SegmentWriter {
  private let partition: Partition
  private let segment: Segment
  private let file: SegmentFile
  private var buffer: [UInt8] = []
  private var flushed: Int64 = 0

  init(_ partition: Partition, _ segment: Segment) throws(LogError) {
    self.partition = partition
    self.segment = segment
    file = try partition.file(of: segment, .replace)
  }

  /// - Parameter horizon: From when on something of the batch may go.
  mutating func append(_ header: RecordBatchHeader, _ batch: ByteView, horizon: Int64) throws(LogError) {
    let size = segment.size
    segment.take(header, at: size)
    segment.deleteHorizon = min(segment.deleteHorizon, horizon)
    unsafe buffer.append(contentsOf: batch.pointer)
    if buffer.count >= 1 << 20 { try flush() }
  }

  /// The segment is whole, and durable where commits are.
  mutating func finish() throws(LogError) {
    try flush()
    partition.persistHints(of: segment)
    segment.isDirty = false
    // Always: what it replaces may have been on the disk for long.
    do throws(FileError) {
      try file.file.sync()
      try file.syncName()
    } catch {
      discard()
      throw partition.environment.storageError(error)
    }
  }

  /// Removes what was written.
  func discard() {
    try? partition.environment.fileSystem.remove(partition.path(of: segment))
    try? partition.environment.fileSystem.remove(partition.indexPath(of: segment))
  }

  private mutating func flush() throws(LogError) {
    do throws(FileError) {
      try file.file.write(buffer, at: flushed)
      flushed += Int64(buffer.count)
      buffer.removeAll(keepingCapacity: true)
    } catch {
      discard()
      throw partition.environment.storageError(error)
    }
  }
}
