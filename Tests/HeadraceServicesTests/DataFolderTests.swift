import FoundationEssentials
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
}
