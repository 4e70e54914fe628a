internal import Glibc
internal import HeadraceCore

/// A blob on its way into a folder, on one of the store's threads.
actor FileBlobWriter: BlobWriter {
  private let store: FolderBlobStore
  private let executor: ThreadExecutor
  private var spool: SpoolFile?

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  init(store: FolderBlobStore, executor: ThreadExecutor) {
    self.store = store
    self.executor = executor
  }

  func open() throws {
    try store.makeFolders()
    spool = try SpoolFile(folder: store.temporaryFolder)
  }

  func write(_ bytes: [UInt8]) throws {
    guard let spool else { throw BlobError(.unavailable, "The blob is finished already.") }
    try spool.write(bytes)
  }

  func finish(expecting expected: SHA256.Digest?) throws -> StoredBlob {
    guard let spool = spool.take() else { throw BlobError(.unavailable, "The blob is finished already.") }
    let blob = BlobReference(digest: try spool.seal(expecting: expected, isDurable: true))
    do { try store.publish(temporary: spool.path, as: blob) } catch {
      unlink(spool.path)
      throw error
    }
    return StoredBlob(reference: blob, size: spool.size)
  }

  func cancel() { spool.take()?.discard() }
}
