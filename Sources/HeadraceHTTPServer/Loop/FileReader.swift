internal import HeadraceCore
import Glibc

/// Reads a file piece by piece on a thread of its own, so that no disk ever holds up the pool.
@safe final class FileReader: Sendable {
  private static let thread = ThreadExecutor(name: "http-files")
  private static let piece = 128 << 10

  /// Bytes of the file when it was opened.
  let size: Int
  private let descriptor: Int32

  private init(descriptor: Int32, size: Int) {
    self.descriptor = descriptor
    self.size = size
  }

  deinit { Glibc.close(descriptor) }

  static func open(_ path: String) async throws -> FileReader {
    try await onThread {
      let descriptor = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
      guard descriptor >= 0 else { throw FileError(path: path, code: errno) }
      var status = stat()
      guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
        Glibc.close(descriptor)
        throw FileError(path: path, code: errno)
      }
      return FileReader(descriptor: descriptor, size: Int(status.st_size))
    }
  }

  /// The next piece, or `nil` at the end.
  func next() async throws -> [UInt8]? {
    try await Self.onThread { [descriptor] in
      var failed = false
      let bytes = unsafe [UInt8](unsafeUninitializedCapacity: Self.piece) { buffer, count in
        let read = unsafe Glibc.read(descriptor, buffer.baseAddress, Self.piece)
        failed = read < 0
        count = max(read, 0)
      }
      if failed { throw FileError(path: "", code: errno) }
      return bytes.isEmpty ? nil : bytes
    }
  }

  private static func onThread<R: Sendable>(_ work: @escaping @Sendable () throws -> R) async throws -> R {
    try await Task(executorPreference: thread) { try work() }.value
  }

  struct FileError: Error, CustomStringConvertible {
    let path: String
    let code: Int32
    var description: String { "\(path): \(unsafe String(cString: strerror(code)))" }
  }
}
