import FoundationEssentials
import HeadraceCore
import Testing

@testable import HeadraceDocuments

/// What every blob store must do: run on the folder, and on S3 where a server is at hand.
enum BlobStoreConformance {
  static func bytes(_ count: Int, seed: UInt8 = 7) -> [UInt8] {
    var state = UInt32(seed) &+ 0x9e37_79b9
    return (0..<count).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return UInt8(truncatingIfNeeded: state >> 24)
    }
  }

  static func run(_ store: any BlobStore, largest: Int = 3_000_000) async throws {
    try await store.check()
    for count in [0, 1, 65_536, largest] {
      let content = bytes(count)
      let digest = SHA256.hash(content)
      let writer = try await store.makeWriter()
      var rest = content[...]
      while !rest.isEmpty {
        try await writer.write(Array(rest.prefix(100_000)))
        rest = rest.dropFirst(100_000)
      }
      #expect(try await store.size(of: BlobReference(digest: digest)) == nil)
      let stored = try await writer.finish(expecting: digest)
      #expect(stored == StoredBlob(reference: BlobReference(digest: digest), size: Int64(count)))
      await writer.cancel()
      #expect(try await store.size(of: stored.reference) == Int64(count))
      #expect(try await store.read(stored.reference, range: nil).collect(upTo: count) == content)
      if count > 10 {
        let part = Int64(count / 3)..<Int64(count / 2)
        #expect(
          try await store.read(stored.reference, range: part).collect(upTo: count)
            == Array(content[Int(part.lowerBound)..<Int(part.upperBound)]))
      }
      let file = try await store.file(of: stored.reference)
      #expect(try Data(contentsOf: URL(filePath: file.path)) == Data(content))
      // The same content again is the same blob.
      #expect(try await store.put(content) == stored)
    }
    try await wrongDigestsAndCancelledWritersLeaveNothing(store)
    try await sweepsRemoveWhatNobodyKeeps(store)
  }

  private static func wrongDigestsAndCancelledWritersLeaveNothing(_ store: any BlobStore) async throws {
    let content = bytes(1000, seed: 9)
    let writer = try await store.makeWriter()
    try await writer.write(content)
    let error = await #expect(throws: BlobError.self) { try await writer.finish(expecting: SHA256.hash("other")) }
    #expect(error?.code == .digestMismatch)
    let cancelled = try await store.makeWriter()
    try await cancelled.write(content)
    await cancelled.cancel()
    let reference = BlobReference(digest: SHA256.hash(content))
    #expect(try await store.size(of: reference) == nil)
    let missing = await #expect(throws: BlobError.self) { try await store.read(reference, range: nil) }
    #expect(missing?.code == .notFound)
    let file = await #expect(throws: BlobError.self) { try await store.file(of: reference) }
    #expect(file?.code == .notFound)
  }

  private static func sweepsRemoveWhatNobodyKeeps(_ store: any BlobStore) async throws {
    let kept = try await store.put(bytes(10, seed: 1)).reference
    let unkept = try await store.put(bytes(20, seed: 2)).reference
    var sweep = try await store.sweep(olderThan: Date.now.addingTimeInterval(-3600)) { _ in false }
    #expect(sweep.removed == 0)
    sweep = try await store.sweep(olderThan: Date.now.addingTimeInterval(3600)) { $0 != unkept }
    #expect(sweep.removed == 1 && sweep.removedBytes == 20)
    #expect(try await store.size(of: kept) == 10)
    #expect(try await store.size(of: unkept) == nil)
  }
}

@Suite("Folder blob store", .timeLimit(.minutes(1)))
struct FolderBlobStoreTests {
  @Test func itIsABlobStore() async throws {
    let folder = try TemporaryFolder()
    try await BlobStoreConformance.run(FolderBlobStore(folder: folder.path + "/deep/blobs"))
    // Nothing half-written stays.
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/deep/blobs/tmp").isEmpty)
  }

  @Test func manyWritersOfTheSameContentMakeOneBlob() async throws {
    let folder = try TemporaryFolder()
    let store = FolderBlobStore(folder: folder.path)
    let content = BlobStoreConformance.bytes(200_000)
    let references = try await withThrowingTaskGroup(of: BlobReference.self) { group in
      for _ in 0..<16 { group.addTask { try await store.put(content).reference } }
      return try await group.reduce(into: Set<BlobReference>()) { $0.insert($1) }
    }
    #expect(references.count == 1)
    #expect(try await store.read(references.first!, range: nil).collect(upTo: 200_000) == content)
  }

  @Test func aBlobThatIsWrittenAgainDuringASweepStays() async throws {
    let folder = try TemporaryFolder()
    let store = FolderBlobStore(folder: folder.path)
    let content = BlobStoreConformance.bytes(10)
    let reference = try await store.put(content).reference
    let threshold = Date.now.addingTimeInterval(0.05)
    try await Task.sleep(for: .milliseconds(100))
    let sweep = try await store.sweep(olderThan: threshold) { _ in
      // Between the look and the removal an upload finds its blob.
      _ = try await store.put(content)
      return false
    }
    #expect(sweep.removed == 0)
    #expect(try await store.size(of: reference) == 10)
  }

  @Test func leftoversOfACrashAreSweptAndErrorsSayWhatToDo() async throws {
    let folder = try TemporaryFolder()
    let store = FolderBlobStore(folder: folder.path + "/blobs")
    try await store.check()
    let leftover = folder.path + "/blobs/tmp/leftover"
    try Data([1]).write(to: URL(filePath: leftover))
    _ = try await store.sweep(olderThan: Date.now.addingTimeInterval(3600)) { _ in true }
    #expect(!FileManager.default.fileExists(atPath: leftover))

    try Data([1]).write(to: URL(filePath: folder.path + "/file"))
    let error = await #expect(throws: BlobError.self) {
      try await FolderBlobStore(folder: folder.path + "/file/x").check()
    }
    #expect(error?.failureClass == .transient || error?.failureClass == .configuration)
  }

  @Test func aFullDiskIsToldAsSuch() async throws {
    let error = FolderBlobStore.error("write x", number: 28)
    #expect(error.code == .full)
    #expect((DocumentError.about(error) as? DocumentError)?.code == .storageFull)
  }
}
