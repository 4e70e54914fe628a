import FoundationEssentials
import Glibc
import HeadraceCore
import HeadraceServices
import Testing

@Suite struct DataFolderTests {
  private let path = FileManager.default.temporaryDirectory.path + "/headrace-folder-\(UUID().uuidString)"

  @Test func oneOwnerAndAnyNumberOfGuests() throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    do {
      let owner = try DataFolder(path: path)
      let error = #expect(throws: ConfigurationError.self) { try DataFolder(path: path) }
      #expect(error?.description.contains("blobs.folder") == true)
      let guests = try (0..<2).map { _ in try DataFolder(path: path, isOwner: false) }
      #expect(guests.map(\.path) == [owner.path, owner.path])
    }
    _ = try DataFolder(path: path)
  }

  @Test func aFormatOfTheFutureIsRefused() throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    _ = try DataFolder(path: path)
    try Data("\(DataFolder.formatVersion + 1)\n".utf8).write(to: URL(filePath: path + "/format"))
    let error = #expect(throws: ConfigurationError.self) { try DataFolder(path: path) }
    #expect(error?.description.contains("use a newer headrace") == true)
    #expect(throws: ConfigurationError.self) { try DataFolder(path: path, isOwner: false) }
  }

  @Test func aFolderThatCannotBeMadeIsSaidInPlainWords() throws {
    try Data("a file".utf8).write(to: URL(filePath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    for (path, reason) in [
      (path, "Not a directory"), (path + "/below", "Not a directory"),
      ("/proc/none/below", "No such file or directory"),
    ] {
      let error = #expect(throws: ConfigurationError.self) { try DataFolder(path: path) }
      let text = try #require(error).description
      #expect(text.hasSuffix("can't be made: \(reason)"), "\(text)")
    }
  }

  @Test func aFolderIsItsOwnersAlone() throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    for name in ["", "/two/below/"] {
      _ = try DataFolder(path: path + name)
      var status = stat()
      #expect(unsafe stat(path + name, &status) == 0 && status.st_mode & 0o777 == 0o700)
    }
  }
}
