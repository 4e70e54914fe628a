internal import HeadraceCore

/// The bytes of an object, asked for part by part.
actor S3ChunkSource: BlobChunkSource {
  private let requests: S3Requests
  private let name: String
  private var range: Range<Int64>
  private var part: ArraySlice<UInt8> = []
  private static let partBytes: Int64 = 4 << 20
  private static let pieceBytes = 256 << 10

  init(requests: S3Requests, name: String, range: Range<Int64>) {
    self.requests = requests
    self.name = name
    self.range = range
  }

  func next() async throws -> [UInt8]? {
    if part.isEmpty {
      guard !range.isEmpty else { return nil }
      let wanted = range.lowerBound..<min(range.upperBound, range.lowerBound + S3ChunkSource.partBytes)
      part = try await requests.get(name, range: wanted)[...]
      guard part.count == wanted.count else {
        throw BlobError(.unavailable, "The bucket gave \(part.count) bytes of \(wanted.count).")
      }
      range = wanted.upperBound..<range.upperBound
    }
    let piece = Array(part.prefix(S3ChunkSource.pieceBytes))
    part = part.dropFirst(piece.count)
    return piece
  }
}
