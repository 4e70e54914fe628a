internal import Glibc

/// A call of the operating system that failed.
struct FileError: Error, Sendable {
  let operation: String
  let path: String
  /// The error number, as in errno(3).
  let number: Int32

  var isNoSpace: Bool { number == ENOSPC || number == EDQUOT }
  var isMissing: Bool { number == ENOENT }
}

extension FileError: CustomStringConvertible {
  var description: String { "\(operation) \(path): \(unsafe String(cString: strerror(number)))" }
}

extension LogError {
  init(_ error: FileError) { self = .storage(error.description) }
}

/// Runs calls of the file system and makes their failure the log's.
func onDisk<Result>(_ body: () throws(FileError) -> Result) throws(LogError) -> Result {
  do throws(FileError) { return try body() } catch { throw LogError(error) }
}
