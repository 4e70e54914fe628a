/// Steps over the batches of a segment's file by their headers, reading in large pieces.
struct BatchWalker {
  private let file: any StoredFile
  private let end: Int64
  private let chunkBytes: Int
  private var chunk: [UInt8] = []
  private var chunkStart: Int64 = 0
  private(set) var position: Int64

  /// - Parameters:
  ///   - position: Where a batch begins.
  ///   - end: Where the segment ends.
  ///   - chunkBytes: How much is read at a time.
  init(_ file: any StoredFile, from position: Int64, end: Int64, chunkBytes: Int = 16 * 1024) {
    self.file = file
    self.position = position
    self.end = end
    self.chunkBytes = chunkBytes
  }

  /// The batch that begins at `position`, without stepping over it; nil at the segment's end.
  mutating func peek() throws(LogError) -> RecordBatchHeader? {
    guard position + Int64(RecordBatchHeader.byteCount) <= end else { return nil }
    let offset = position - chunkStart
    if offset < 0 || offset + Int64(RecordBatchHeader.byteCount) > Int64(chunk.count) {
      chunkStart = position
      do throws(FileError) {
        chunk = try file.read(at: position, count: min(chunkBytes, Int(end - position)))
      } catch {
        throw LogError(error)
      }
    }
    let at = Int(position - chunkStart)
    let header = chunk.withView {
      at + RecordBatchHeader.byteCount <= $0.count ? RecordBatchHeader($0.dropFirst(at)) : nil
    }
    guard let header, header.magic == 2, header.batchLength >= 49, position + Int64(header.byteCount) <= end else {
      throw .storage("\(file.path) holds no batch at byte \(position)")
    }
    return header
  }

  /// Steps over a batch that `peek` answered.
  mutating func skip(_ header: RecordBatchHeader) { position += Int64(header.byteCount) }
}
