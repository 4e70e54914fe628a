/// Reads a segment's batches whole, one behind the other, in large pieces; checks every checksum.
struct BatchScanner {
  private let file: any StoredFile
  private let end: Int64
  private var chunk: [UInt8] = []
  private var chunkStart: Int64 = 0
  private var position: Int64 = 0
  private let chunkBytes = 1 << 20
  /// The batch that `next` handed out last.
  private(set) var lastHeader: RecordBatchHeader?

  /// - Parameter end: Where the segment ends.
  init(_ file: any StoredFile, end: Int64) {
    self.file = file
    self.end = end
  }

  /// Hands the next batch to `body`; false at the segment's end.
  mutating func next(_ body: (RecordBatchHeader, ByteView) throws(LogError) -> Void) throws(LogError) -> Bool {
    guard position < end else { return false }
    try load(RecordBatchHeader.byteCount)
    var at = Int(position - chunkStart)
    guard let header = chunk.withView({ RecordBatchHeader($0.dropFirst(at)) }), header.magic == 2,
      header.batchLength >= 49, position + Int64(header.byteCount) <= end
    else { throw .storage("\(file.path) holds no batch at byte \(position)") }
    try load(header.byteCount)
    at = Int(position - chunkStart)
    try chunk.withView { (view) throws(LogError) in
      let batch = view.slice(at, count: header.byteCount)
      guard CRC32C.checksum(batch.dropFirst(RecordBatchHeader.checksumStart)) == header.crc else {
        throw .storage("\(file.path) holds a broken batch at byte \(position)")
      }
      try body(header, batch)
    }
    position += Int64(header.byteCount)
    lastHeader = header
    return true
  }

  /// Makes sure that `count` bytes from `position` on are in the chunk.
  private mutating func load(_ count: Int) throws(LogError) {
    let at = position - chunkStart
    if at >= 0, at + Int64(count) <= Int64(chunk.count) { return }
    let wanted = min(max(chunkBytes, count), Int(end - position))
    chunkStart = position
    chunk = try onDisk { () throws(FileError) in try file.read(at: position, count: wanted) }
    guard count <= chunk.count else { throw .storage("\(file.path) ends inside a batch at byte \(position)") }
  }
}
