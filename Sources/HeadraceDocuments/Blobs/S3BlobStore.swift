public import FoundationEssentials
internal import HeadraceCore
internal import HeadraceHTTP
internal import Synchronization

/// Blobs as objects in a bucket of S3, or of anything that speaks like it: `<prefix>sha256/ab/abcdef…`.
///
/// A blob is written to a file of its own first, since its name is its SHA-256, and sent from there. Reading asks for
/// one part after the other, so a connection that breaks costs that part only.
public final class S3BlobStore: BlobStore {
  private let requests: S3Requests
  private let spoolFolder: String
  private let threads: [ThreadExecutor]
  private let nextThread = Atomic<Int>(0)

  /// A store; nothing is asked before the first blob.
  public init(configuration: S3BlobConfiguration) {
    requests = S3Requests(configuration: configuration)
    spoolFolder = configuration.spoolFolder
    threads = (0..<4).map { ThreadExecutor(name: "s3-spool-\($0)") }
  }

  deinit {
    for thread in threads { thread.shutdown() }
    requests.shutdown()
  }

  /// Begins a blob.
  public func makeWriter() async throws -> any BlobWriter {
    let writer = S3BlobWriter(store: self, executor: anyThread())
    try await writer.open(folder: spoolFolder)
    return writer
  }

  /// The length of a blob in bytes; nil where it is not there.
  public func size(of blob: BlobReference) async throws -> Int64? { try await requests.head(name(of: blob))?.size }

  /// Reads a blob or a part of it.
  public func read(_ blob: BlobReference, range: Range<Int64>?) async throws -> BlobChunks {
    guard let size = try await size(of: blob) else { throw BlobError(.notFound, "The bucket has no \(blob).") }
    let whole = range ?? 0..<size
    return BlobChunks(S3ChunkSource(requests: requests, name: name(of: blob), range: whole.clamped(to: 0..<size)))
  }

  /// A copy of the blob on this machine, its SHA-256 checked.
  public func file(of blob: BlobReference) async throws -> LocalBlob {
    let spool = S3Spool(executor: anyThread())
    try await spool.open(folder: spoolFolder)
    do {
      for try await piece in try await read(blob, range: nil) { try await spool.write(piece) }
      let sealed = try await spool.seal(expecting: blob.digest)
      return LocalBlob(path: sealed.path, isTemporary: true)
    } catch {
      await spool.discard()
      throw error
    }
  }

  /// Removes objects last written before `date` that are not kept.
  public func sweep(
    olderThan date: Date, keeping isKept: @Sendable (BlobReference) async throws -> Bool
  ) async throws -> BlobSweep {
    var sweep = BlobSweep()
    var token: String?
    repeat {
      let page = try await requests.list("sha256/", after: token)
      for object in page.objects {
        guard let digest = object.name.split(separator: "/").last.flatMap({ SHA256.Digest(hex: $0) }),
          object.modified < date
        else { continue }
        sweep.seen += 1
        if try await isKept(BlobReference(digest: digest)) { continue }
        // An upload that has found its blob meanwhile has written it again.
        guard let now = try await requests.head(object.name), now.modified < date else { continue }
        try await requests.delete(object.name)
        sweep.removed += 1
        sweep.removedBytes += object.size
      }
      token = page.next
    } while token != nil
    return sweep
  }

  /// Tries whether the bucket answers.
  public func check() async throws { try await requests.checkBucket() }

  // MARK: For the writer

  /// Sends a sealed file. An object that is there and young is left as it is.
  func publish(_ path: String, as blob: BlobReference, size: Int64) async throws {
    let name = name(of: blob)
    if let there = try await requests.head(name), there.size == size,
      there.modified > Date.now.addingTimeInterval(-6 * 3600)
    {
      return
    }
    let executor = anyThread()
    try await requests.put(name, digest: blob.digest, size: size) {
      let source = FileChunkSource(path: path, range: nil, executor: executor)
      try await source.open()
      return BlobChunks(source)
    }
  }

  private func name(of blob: BlobReference) -> String {
    let hex = blob.digest.hex
    return "sha256/\(hex.prefix(2))/\(hex)"
  }

  private func anyThread() -> ThreadExecutor {
    let number = nextThread.wrappingAdd(1, ordering: .relaxed).oldValue
    return threads[Int(UInt(bitPattern: number) % UInt(threads.count))]
  }
}
