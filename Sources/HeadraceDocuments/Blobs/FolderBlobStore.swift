public import FoundationEssentials
internal import Glibc
internal import HeadraceCore
internal import Synchronization

/// Blobs as files in a folder: `sha256/ab/abcdef…`.
///
/// A blob is written to a temporary file, forced to disk, renamed to its name, and the folder forced to disk: when
/// ``BlobWriter/finish(expecting:)`` returns, it survives a crash of the machine. One process uses a folder at a time.
/// All file work happens on threads of the store's own.
public final class FolderBlobStore: BlobStore {
  /// The folder.
  public let folder: String

  private let threads: [ThreadExecutor]
  private let nextThread = Atomic<Int>(0)
  /// Held while a blob gets its name and while a sweep looks at one and removes it: an upload that finds its blob there
  /// renames a fresh copy over it, and the sweep sees either the old time before or the new time after.
  private let naming = Mutex<Void>(())

  /// A store in this folder, which is made when the first blob comes.
  ///
  /// - Parameters:
  ///   - folder: Its path.
  ///   - threads: Blobs that can be written at one instant; others take turns. Default 4.
  public init(folder: String, threads: Int = 4) {
    self.folder = folder
    self.threads = (0..<max(1, threads)).map { ThreadExecutor(name: "blobs-\($0)") }
  }

  deinit {
    for thread in threads { thread.shutdown() }
  }

  /// Begins a blob.
  public func makeWriter() async throws -> any BlobWriter {
    let writer = FileBlobWriter(store: self, executor: anyThread())
    try await writer.open()
    return writer
  }

  /// The length of a blob in bytes; nil where it is not there.
  public func size(of blob: BlobReference) async throws -> Int64? {
    let path = path(of: blob)
    return try await onThread {
      var status = stat()
      guard stat(path, &status) == 0 else {
        if errno == ENOENT || errno == ENOTDIR { return nil }
        throw FolderBlobStore.error("look at \(path)")
      }
      return Int64(status.st_size)
    }
  }

  /// Reads a blob or a part of it.
  public func read(_ blob: BlobReference, range: Range<Int64>?) async throws -> BlobChunks {
    let source = FileChunkSource(path: path(of: blob), range: range, executor: anyThread())
    try await source.open()
    return BlobChunks(source)
  }

  /// The blob's own file.
  public func file(of blob: BlobReference) async throws -> LocalBlob {
    guard try await size(of: blob) != nil else { throw BlobError(.notFound, "There is no \(blob).") }
    return LocalBlob(path: path(of: blob), isTemporary: false)
  }

  /// Removes blobs last written before `date` that are not kept, and temporary files that a crash left.
  public func sweep(
    olderThan date: Date, keeping isKept: @Sendable (BlobReference) async throws -> Bool
  ) async throws -> BlobSweep {
    try await onThread { [self] in removeLeftovers(olderThan: date) }
    var sweep = BlobSweep()
    for prefix in 0..<256 {
      let folder = "\(folder)/sha256/\([UInt8(prefix)].hex)"
      let candidates = try await onThread { [self] in oldBlobs(in: folder, olderThan: date) }
      for blob in candidates {
        sweep.seen += 1
        if try await isKept(blob) { continue }
        if let bytes = try await onThread({ [self] in remove(blob, ifOlderThan: date) }) {
          sweep.removed += 1
          sweep.removedBytes += bytes
        }
      }
    }
    return sweep
  }

  /// Tries to write and remove a small file.
  public func check() async throws {
    let path = "\(folder)/tmp/check-\(UUID().uuidString)"
    try await onThread { [self] in
      try makeFolders()
      let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
      guard file >= 0 else { throw FolderBlobStore.error("create \(path)") }
      defer {
        close(file)
        unlink(path)
      }
      guard write(file, "headrace", 8) == 8 else { throw FolderBlobStore.error("write \(path)") }
    }
  }

  // MARK: For the writer

  var temporaryFolder: String { "\(folder)/tmp" }

  func makeFolders() throws {
    for path in [folder, temporaryFolder, "\(folder)/sha256"] { try FolderBlobStore.makeFolder(path) }
  }

  /// Makes a folder, and those above it, where it is missing.
  static func makeFolder(_ path: String) throws {
    if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
    guard errno == ENOENT else { throw error("make the folder \(path)") }
    do { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) } catch {
      throw BlobError(.unavailable, "Can't make the folder \(path): \(error)")
    }
  }

  /// Gives a finished temporary file its name, durably. Called on one of the store's threads.
  func publish(temporary: String, as blob: BlobReference) throws {
    let path = path(of: blob)
    let folder = String(path[..<path.lastIndex(of: "/")!])
    let isNew = mkdir(folder, 0o700) == 0
    if !isNew, errno != EEXIST { throw FolderBlobStore.error("make the folder \(folder)") }
    if isNew { try FolderBlobStore.synchronise(folder: "\(self.folder)/sha256") }
    let renamed = naming.withLock { _ in rename(temporary, path) == 0 }
    guard renamed else { throw FolderBlobStore.error("rename to \(path)") }
    try FolderBlobStore.synchronise(folder: folder)
  }

  /// The error of the call that has just failed.
  static func error(_ action: String, number: Int32 = errno) -> BlobError {
    let message = "Can't \(action): \(String(cString: strerror(number)))"
    return switch number {
    case ENOSPC, EDQUOT, EFBIG: BlobError(.full, message)
    case EACCES, EPERM, EROFS: BlobError(.refused, message)
    default: BlobError(.unavailable, message)
    }
  }

  // MARK: Helpers

  private func path(of blob: BlobReference) -> String {
    let hex = blob.digest.hex
    return "\(folder)/sha256/\(hex.prefix(2))/\(hex)"
  }

  private func anyThread() -> ThreadExecutor {
    let number = nextThread.wrappingAdd(1, ordering: .relaxed).oldValue
    return threads[Int(UInt(bitPattern: number) % UInt(threads.count))]
  }

  private func onThread<Result: Sendable>(_ body: @Sendable @escaping () throws -> Result) async throws -> Result {
    try await FileWorker(executor: anyThread()).perform(body)
  }

  private static func synchronise(folder: String) throws {
    let file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard file >= 0 else { throw error("open the folder \(folder)") }
    defer { close(file) }
    guard fsync(file) == 0 else { throw error("force the folder \(folder) to disk") }
  }

  private func oldBlobs(in folder: String, olderThan date: Date) -> [BlobReference] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.compactMap { name in
      guard let digest = SHA256.Digest(hex: name), modified("\(folder)/\(name)").map({ $0 < date }) == true else {
        return nil
      }
      return BlobReference(digest: digest)
    }
  }

  /// The bytes removed; nil when the blob is gone or has been written again.
  private func remove(_ blob: BlobReference, ifOlderThan date: Date) -> Int64? {
    let path = path(of: blob)
    return naming.withLock { _ in
      var status = stat()
      guard stat(path, &status) == 0, modificationTime(status) < date, unlink(path) == 0 else { return nil }
      return Int64(status.st_size)
    }
  }

  private func removeLeftovers(olderThan date: Date) {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: temporaryFolder)) ?? [] {
      let path = "\(temporaryFolder)/\(name)"
      if let modified = modified(path), modified < date { unlink(path) }
    }
  }

  private func modified(_ path: String) -> Date? {
    var status = stat()
    return stat(path, &status) == 0 ? modificationTime(status) : nil
  }

  private func modificationTime(_ status: stat) -> Date {
    Date(timeIntervalSince1970: Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) / 1e9)
  }
}
