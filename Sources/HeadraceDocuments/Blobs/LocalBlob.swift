internal import FoundationEssentials

/// A blob as a file on this machine, for as long as the value lives.
public final class LocalBlob: Sendable {
  /// The file. Read it, do not change it.
  public let path: String
  private let isTemporary: Bool

  /// - Parameter isTemporary: Whether the file is removed with the value.
  init(path: String, isTemporary: Bool) {
    self.path = path
    self.isTemporary = isTemporary
  }

  deinit {
    if isTemporary { try? FileManager.default.removeItem(atPath: path) }
  }
}
