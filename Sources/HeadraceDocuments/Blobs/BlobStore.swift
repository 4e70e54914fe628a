public import FoundationEssentials
public import HeadraceCore

/// Where content too large for an event lives: immutable, addressed by its SHA-256, shared by all documents with the
/// same bytes.
///
/// A blob is there whole or not at all. Blobs are never unlinked with a document; ``sweep(olderThan:keeping:)`` removes
/// what nothing refers to any more.
public protocol BlobStore: Sendable {
  /// Begins a blob. Nothing can be read before ``BlobWriter/finish(expecting:)`` returns.
  func makeWriter() async throws -> any BlobWriter

  /// The length of a blob in bytes; nil where it is not there.
  func size(of blob: BlobReference) async throws -> Int64?

  /// Reads a blob or a part of it, piece by piece.
  ///
  /// - Throws: ``BlobError`` with code ``BlobError/Code/notFound``.
  func read(_ blob: BlobReference, range: Range<Int64>?) async throws -> BlobChunks

  /// The blob as a file on this machine.
  ///
  /// - Throws: ``BlobError`` with code ``BlobError/Code/notFound``.
  func file(of blob: BlobReference) async throws -> LocalBlob

  /// Removes blobs last written before `date` for which `isKept` says false.
  ///
  /// - Returns: The number removed and their bytes.
  func sweep(
    olderThan date: Date, keeping isKept: @Sendable (BlobReference) async throws -> Bool
  ) async throws -> BlobSweep

  /// Tries whether blobs can be written; throws what stands in the way.
  func check() async throws
}

extension BlobStore {
  /// Writes bytes that are in memory.
  public func put(_ bytes: [UInt8]) async throws -> StoredBlob {
    let writer = try await makeWriter()
    do {
      try await writer.write(bytes)
      return try await writer.finish(expecting: nil)
    } catch {
      await writer.cancel()
      throw error
    }
  }
}

/// A blob that is being written. One task uses it; either ``finish(expecting:)`` or ``cancel()`` ends it.
public protocol BlobWriter: AnyObject, Sendable {
  /// Adds bytes.
  ///
  /// - Throws: ``BlobError`` with code ``BlobError/Code/full`` when the disk is.
  func write(_ bytes: [UInt8]) async throws

  /// Makes the blob durable and visible. When it returns, the bytes survive a crash of the machine.
  ///
  /// - Parameter digest: What the caller says the bytes' SHA-256 is; nil when it says nothing.
  /// - Throws: ``BlobError`` with code ``BlobError/Code/digestMismatch``: nothing is kept then.
  func finish(expecting digest: SHA256.Digest?) async throws -> StoredBlob

  /// Gives up and removes what was written. Does nothing after ``finish(expecting:)``.
  func cancel() async
}

/// A blob that was written.
public struct StoredBlob: Sendable, Hashable {
  /// Its address.
  public let reference: BlobReference
  /// Its length in bytes.
  public let size: Int64

  /// A blob that was written.
  public init(reference: BlobReference, size: Int64) {
    self.reference = reference
    self.size = size
  }
}

/// What a sweep removed.
public struct BlobSweep: Sendable, Hashable {
  /// Blobs looked at.
  public var seen = 0
  /// Blobs removed.
  public var removed = 0
  /// Their bytes.
  public var removedBytes: Int64 = 0

  /// Nothing removed.
  public init() {}
}
