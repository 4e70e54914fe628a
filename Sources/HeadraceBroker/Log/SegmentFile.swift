internal import Synchronization

/// The open file of a segment. Whoever holds it keeps the descriptor open: a segment that is deleted or compacted
/// meanwhile stays readable until its last reader lets go.
final class SegmentFile: Sendable {
  let file: any StoredFile
  private let fileSystem: any FileSystem
  private let folder: String
  /// Whether the file's name survives a power cut (its folder was synced since it was made).
  let isNameDurable: Atomic<Bool>

  init(_ file: any StoredFile, folder: String, fileSystem: any FileSystem, isNameDurable: Bool) {
    self.file = file
    self.folder = folder
    self.fileSystem = fileSystem
    self.isNameDurable = Atomic(isNameDurable)
  }

  /// For sendfile(2).
  var descriptor: Int32 { file.descriptor }

  func syncName() throws(FileError) {
    if isNameDurable.load(ordering: .relaxed) { return }
    try fileSystem.syncFolder(folder)
    isNameDurable.store(true, ordering: .relaxed)
  }
}
