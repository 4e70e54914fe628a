/// What the log asks of a disk. The real one is `SystemFileSystem`; tests put faults and crashes behind it.
protocol FileSystem: Sendable {
  /// Opens for reading and writing.
  func open(_ path: String, _ mode: FileOpenMode) throws(FileError) -> any StoredFile
  /// Makes a folder and those above it; fine when it is there.
  func makeFolder(_ path: String) throws(FileError)
  func rename(_ path: String, to target: String) throws(FileError)
  /// Removes a file; fine when it is gone.
  func remove(_ path: String) throws(FileError)
  /// Removes a folder with all in it; fine when it is gone.
  func removeTree(_ path: String) throws(FileError)
  /// The names in a folder; empty when there is none.
  func list(_ path: String) throws(FileError) -> [String]
  /// Keeps other processes out for as long as the answer lives.
  func lock(_ path: String) throws(FileError) -> any Sendable
  /// Another one after each start of the operating system: what was not synced is whole while it is the same.
  var bootIdentifier: UInt64 { get }
  /// Makes the names in a folder durable.
  func syncFolder(_ path: String) throws(FileError)
}

/// How a file is opened.
enum FileOpenMode: Sendable {
  /// It must exist.
  case existing
  /// Made when it is missing.
  case create
  /// Made, or emptied.
  case replace
}
