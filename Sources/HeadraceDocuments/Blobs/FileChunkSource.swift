internal import Glibc
internal import HeadraceCore

/// The bytes of a file, read on one of the store's threads.
actor FileChunkSource: BlobChunkSource {
  private let path: String
  private let executor: ThreadExecutor
  private var file: Int32 = -1
  private var offset: Int64
  private let end: Int64
  private static let pieceBytes = 256 << 10

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  init(path: String, range: Range<Int64>?, executor: ThreadExecutor) {
    self.path = path
    self.executor = executor
    offset = range?.lowerBound ?? 0
    end = range?.upperBound ?? .max
  }

  deinit {
    if file >= 0 { close(file) }
  }

  func open() throws {
    file = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else {
      if errno == ENOENT || errno == ENOTDIR { throw BlobError(.notFound, "There is no blob \(path).") }
      throw FolderBlobStore.error("open \(path)")
    }
  }

  func next() throws -> [UInt8]? {
    guard file >= 0 else { return nil }
    let wanted = Int(min(Int64(Self.pieceBytes), end - offset))
    guard wanted > 0 else { return finish() }
    var failure: Int32 = 0
    let piece = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
      while true {
        let read = pread(file, buffer.baseAddress, wanted, off_t(offset))
        if read < 0, errno == EINTR { continue }
        if read < 0 { failure = errno }
        count = max(0, read)
        return
      }
    }
    guard failure == 0 else {
      _ = finish()
      throw FolderBlobStore.error("read \(path)", number: failure)
    }
    guard !piece.isEmpty else { return finish() }
    offset += Int64(piece.count)
    return piece
  }

  private func finish() -> [UInt8]? {
    close(file)
    file = -1
    return nil
  }
}
