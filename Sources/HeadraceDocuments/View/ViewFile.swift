internal import FoundationEssentials

/// The view's file and those that SQLite keeps beside it.
enum ViewFile {
  static func remove(_ path: String) {
    for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
  }
}
