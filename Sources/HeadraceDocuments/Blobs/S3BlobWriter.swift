internal import HeadraceCore

/// A blob on its way into a bucket: into a file first, then up.
final class S3BlobWriter: BlobWriter {
  private let store: S3BlobStore
  private let spool: S3Spool

  init(store: S3BlobStore, executor: ThreadExecutor) {
    self.store = store
    spool = S3Spool(executor: executor)
  }

  func open(folder: String) async throws { try await spool.open(folder: folder) }

  func write(_ bytes: [UInt8]) async throws { try await spool.write(bytes) }

  func finish(expecting expected: SHA256.Digest?) async throws -> StoredBlob {
    let sealed = try await spool.seal(expecting: expected)
    let file = LocalBlob(path: sealed.path, isTemporary: true)
    let blob = BlobReference(digest: sealed.digest)
    try await store.publish(file.path, as: blob, size: sealed.size)
    return StoredBlob(reference: blob, size: sealed.size)
  }

  func cancel() async { await spool.discard() }
}

/// A temporary file on a thread that may block.
actor S3Spool {
  private let executor: ThreadExecutor
  private var file: SpoolFile?

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  init(executor: ThreadExecutor) {
    self.executor = executor
  }

  func open(folder: String) throws {
    do {
      try FolderBlobStore.makeFolder(folder)
      file = try SpoolFile(folder: folder)
    }
  }

  func write(_ bytes: [UInt8]) throws {
    guard let file else { throw BlobError(.unavailable, "The blob is finished already.") }
    try file.write(bytes)
  }

  func seal(expecting expected: SHA256.Digest?) throws -> (path: String, digest: SHA256.Digest, size: Int64) {
    guard let file = file.take() else { throw BlobError(.unavailable, "The blob is finished already.") }
    return (file.path, try file.seal(expecting: expected, isDurable: false), file.size)
  }

  func discard() { file.take()?.discard() }
}
