import FoundationEssentials
import Glibc
import HeadraceCore
import HeadraceTelemetry

/// The folder in which one process keeps broker, blobs and view. It carries a format version; a lock keeps a second owner
/// out. Processes that only need the blobs are its guests: any number of them, beside the owner.
public final class DataFolder: @unchecked Sendable {
  // Invariant: `lock` is opened in the initialiser and closed in deinit; nothing else is mutable.

  /// The format that this version writes.
  public static let formatVersion = 1

  /// Its absolute path.
  public let path: String
  private let lock: Int32?

  /// Opens the folder, makes it when it is missing, and, for an owner, locks it until this object goes.
  ///
  /// - Parameters:
  ///   - path: relative to the working directory, or absolute.
  ///   - isOwner: whether this process keeps a broker or a view in it. A guest finds the blobs there and locks nothing.
  /// - Throws: ``ConfigurationError`` when another process has it, when a newer version wrote it, or when it can't be
  ///   written.
  public init(path: String, isOwner: Bool = true) throws {
    let manager = FileManager.default
    let absolute = path.hasPrefix("/") ? path : "\(manager.currentDirectoryPath)/\(path)"
    self.path = absolute
    try Self.make(absolute)
    lock = isOwner ? try Self.lock(absolute) : nil
    try checkFormat()
  }

  // Runs too when the initialiser throws after the lock was taken.
  deinit {
    if let lock { close(lock) }
  }

  /// The path of something in the folder.
  public func path(of name: String) -> String { "\(path)/\(name)" }

  /// A name that is this folder's for good, so that a restarted member takes its own place in a consumer group.
  public func instanceID() throws -> String {
    let file = path(of: "instance-id")
    if let data = FileManager.default.contents(atPath: file), let text = String(validating: data, as: UTF8.self),
      !text.isEmpty
    {
      return text
    }
    let made = "up-\(UUID.version7().lowercased)"
    try write(made, to: file)
    return made
  }

  /// Makes the folder, and those above it, where they are missing. What documents say is in it, the view's metadata too: it
  /// is its owner's alone.
  private static func make(_ path: String, mode: mode_t = 0o700) throws(ConfigurationError) {
    if unsafe mkdir(path, mode) == 0 || errno == EEXIST && isFolder(path) { return }
    var reason = errno
    if reason == ENOENT, let slash = path.dropLast().lastIndex(of: "/"), slash > path.startIndex {
      try make(String(path[..<slash]), mode: 0o777)
      if unsafe mkdir(path, mode) == 0 || errno == EEXIST && isFolder(path) { return }
      reason = errno
    }
    throw ConfigurationError("the data folder \(path) can't be made: \(unsafe String(cString: strerror(reason)))")
  }

  /// Leaves in `errno` why not.
  private static func isFolder(_ path: String) -> Bool {
    let found = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    defer { if found >= 0 { close(found) } }
    return found >= 0
  }

  /// The descriptor that holds the lock.
  private static func lock(_ path: String) throws -> Int32 {
    let lock = unsafe open("\(path)/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard lock >= 0 else {
      throw ConfigurationError("the data folder \(path) can't be written: \(unsafe String(cString: strerror(errno)))")
    }
    guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
      close(lock)
      throw ConfigurationError(
        "another headrace process uses the data folder \(path); stop it, or give this one a folder of its own with "
          + "--data (gateways on one machine share blobs.folder, not the data folder)")
    }
    return lock
  }

  private func write(_ text: String, to file: String) throws {
    do { try Data(text.utf8).write(to: URL(filePath: file), options: .atomic) } catch {
      throw ConfigurationError("\(file) can't be written: is there room on the disk, and may we write there?")
    }
  }

  private func checkFormat() throws {
    let file = path(of: "format")
    guard let data = FileManager.default.contents(atPath: file) else {
      try write("\(Self.formatVersion)\n", to: file)
      return
    }
    let text = String(decoding: data, as: UTF8.self).filter { !$0.isWhitespace }
    guard let version = Int(text) else {
      throw ConfigurationError("\(file) does not hold a format version; is \(path) a data folder of headrace?")
    }
    guard version <= Self.formatVersion else {
      throw ConfigurationError(
        "the data folder \(path) has format \(version), and this headrace reads up to \(Self.formatVersion); use a newer headrace"
      )
    }
  }
}
