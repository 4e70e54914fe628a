internal import FoundationEssentials
internal import Glibc
internal import HeadraceCore

/// A temporary file that is written and hashed. Blocking: used by one actor on a thread that may block.
final class SpoolFile {
  let path: String
  private(set) var size: Int64 = 0
  private var file: Int32 = -1
  private var hasher: SHA256? = SHA256()

  /// Creates the file in a folder that exists.
  init(folder: String) throws {
    path = "\(folder)/\(UUID().uuidString)"
    file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw FolderBlobStore.error("create \(path)") }
  }

  deinit { discard() }

  func write(_ bytes: [UInt8]) throws {
    guard file >= 0 else { throw BlobError(.unavailable, "The blob is finished already.") }
    hasher?.update(bytes)
    size += Int64(bytes.count)
    try bytes.withUnsafeBytes { buffer in
      var rest = buffer[...]
      while !rest.isEmpty {
        let written = Glibc.write(file, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        guard written >= 0 else {
          if errno == EINTR { continue }
          throw FolderBlobStore.error("write \(path)")
        }
        rest = rest.dropFirst(written)
      }
    }
  }

  /// Ends the writing; the file stays.
  ///
  /// - Parameters:
  ///   - expected: What the bytes' SHA-256 must be; another one removes the file.
  ///   - isDurable: Whether the bytes must survive a crash of the machine.
  func seal(expecting expected: SHA256.Digest?, isDurable: Bool) throws -> SHA256.Digest {
    guard file >= 0, let digest = hasher.take()?.finalize() else {
      throw BlobError(.unavailable, "The blob is finished already.")
    }
    if let expected, expected != digest {
      discard()
      throw BlobError(.digestMismatch, "The content's SHA-256 is \(digest.hex), not \(expected.hex) as announced.")
    }
    if isDurable, fsync(file) != 0 {
      let error = FolderBlobStore.error("force \(path) to disk")
      discard()
      throw error
    }
    let closed = close(file)
    file = -1
    guard closed == 0 else {
      let error = FolderBlobStore.error("close \(path)")
      unlink(path)
      throw error
    }
    return digest
  }

  /// Gives up: closes and removes a file that is not sealed.
  func discard() {
    guard file >= 0 else { return }
    close(file)
    file = -1
    unlink(path)
  }
}
