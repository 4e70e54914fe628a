import Synchronization

/// A file system that can be taken away in the middle of things, as death takes it from a process: whatever was written
/// stays, nothing more is written. For tests that "kill" a broker inside their own process.
final class KillableFileSystem: FileSystem {
  private let base: any FileSystem
  private let switchboard = Switchboard()

  /// Whether calls still go through.
  final class Switchboard: Sendable {
    private let dead = Atomic(false)
    func kill() { dead.store(true, ordering: .releasing) }
    func check(_ operation: String, _ path: String) throws(FileError) {
      // EIO, as from a disk that is gone.
      if dead.load(ordering: .acquiring) { throw FileError(operation: operation, path: path, number: 5) }
    }
  }

  init(_ base: any FileSystem) { self.base = base }

  /// From now on every call fails.
  func kill() { switchboard.kill() }

  func open(_ path: String, _ mode: FileOpenMode) throws(FileError) -> any StoredFile {
    try switchboard.check("open", path)
    return KillableFile(try base.open(path, mode), switchboard)
  }

  func makeFolder(_ path: String) throws(FileError) {
    try switchboard.check("mkdir", path)
    try base.makeFolder(path)
  }

  func rename(_ path: String, to target: String) throws(FileError) {
    try switchboard.check("rename", path)
    try base.rename(path, to: target)
  }

  func remove(_ path: String) throws(FileError) {
    try switchboard.check("unlink", path)
    try base.remove(path)
  }

  func removeTree(_ path: String) throws(FileError) {
    try switchboard.check("remove", path)
    try base.removeTree(path)
  }

  func list(_ path: String) throws(FileError) -> [String] {
    try switchboard.check("list", path)
    return try base.list(path)
  }

  func lock(_ path: String) throws(FileError) -> any Sendable {
    try switchboard.check("lock", path)
    return try base.lock(path)
  }

  func syncFolder(_ path: String) throws(FileError) {
    try switchboard.check("fsync", path)
    try base.syncFolder(path)
  }
}

private final class KillableFile: StoredFile {
  private let base: any StoredFile
  private let switchboard: KillableFileSystem.Switchboard

  init(_ base: any StoredFile, _ switchboard: KillableFileSystem.Switchboard) {
    self.base = base
    self.switchboard = switchboard
  }

  var path: String { base.path }
  var descriptor: Int32 { base.descriptor }

  func writeSome(_ first: ByteView, _ second: ByteView, at position: Int64) throws(FileError) -> Int {
    try switchboard.check("write", path)
    return try base.writeSome(first, second, at: position)
  }

  func readSome(into buffer: UnsafeMutableRawBufferPointer, at position: Int64) throws(FileError) -> Int {
    try switchboard.check("read", path)
    return unsafe try base.readSome(into: buffer, at: position)
  }

  func sync() throws(FileError) {
    try switchboard.check("fdatasync", path)
    try base.sync()
  }

  func truncate(to size: Int64) throws(FileError) {
    try switchboard.check("truncate", path)
    try base.truncate(to: size)
  }

  func size() throws(FileError) -> Int64 {
    try switchboard.check("stat", path)
    return try base.size()
  }
}
