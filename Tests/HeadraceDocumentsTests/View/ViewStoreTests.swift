import FoundationEssentials
import HeadraceCore
import HeadraceKafka
import HeadraceSQLite
import Testing

@testable import HeadraceDocuments

@Suite("View store", .timeLimit(.minutes(1)))
struct ViewStoreTests {
  private let uploads = TopicPartition(PlatformTopics.uploads, 3)

  private func store(in folder: TemporaryFolder) async throws -> ViewStore {
    let store = try await ViewStore.open(path: folder.path + "/view.sqlite")
    if try await store.origin().clusterID == nil {
      try await store.reset(clusterID: "c")
      try await store.begin([uploads: .init(start: 0, next: 0)])
    }
    return store
  }

  @Test func rowsAndPositionsAreThereAfterReopening() async throws {
    let folder = try TemporaryFolder()
    var store = try await store(in: folder)
    let changed = try await store.apply(
      [
        try .sample(Samples.uploadedBlob, offset: 17), try .sample(Samples.progressed, offset: 1),
        try .sample(Samples.enriched, offset: 2),
      ], positions: [uploads: 18])
    #expect(changed == [Samples.id])
    let row = try #require(try await store.row(Samples.id))
    await store.close()

    store = try await self.store(in: folder)
    #expect(try await store.row(Samples.id) == row)
    #expect(row.state == .enriched)
    #expect(try await store.origin().positions == [uploads: .init(start: 0, next: 18)])
    #expect(try await store.refers(to: BlobReference("blob:sha256/\(Samples.sha256)")!))
    #expect(try await store.refers(to: BlobReference(digest: SHA256.hash("other"))) == false)
    // A position never goes back.
    _ = try await store.apply([], positions: [uploads: 3])
    #expect(try await store.origin().positions[uploads]?.next == 18)
    await store.close()
  }

  @Test func aDeletionLeavesNothingBehind() async throws {
    let folder = try TemporaryFolder()
    let store = try await store(in: folder)
    _ = try await store.apply(
      [
        try .sample(Samples.uploadedBlob, offset: 17), try .sample(Samples.progressed, offset: 1),
        try .sample(Samples.enriched, offset: 2), .tombstone(topic: PlatformTopics.uploads, offset: 18),
        try .sample(Samples.progressed, offset: 2, eventID: "late"), try .sample(Samples.enriched, offset: 3),
      ], positions: [:])
    let history = try #require(try await store.history(Samples.id, progressFrom: 0, limit: 10))
    #expect(history.steps.isEmpty && history.row.state == .deleted && history.row.outcome == nil)
    #expect(try await store.refers(to: BlobReference("blob:sha256/\(Samples.sha256)")!) == false)
    #expect(try await store.list(DocumentQuery(), after: nil).isEmpty)
    await store.close()
  }

  @Test func aStepThatACrashRepeatedCountsOnce() async throws {
    let folder = try TemporaryFolder()
    let store = try await store(in: folder)
    _ = try await store.apply(
      [
        try .sample(Samples.progressed, offset: 4, eventID: "model/2"),
        try .sample(Samples.progressed, offset: 9, eventID: "model/2"),
        try .sample(Samples.progressed, offset: 11, eventID: "model/3"),
      ], positions: [:])
    var history = try #require(try await store.history(Samples.id, progressFrom: 0, limit: 10))
    #expect(history.steps.map(\.offset) == [4, 11])
    history = try #require(try await store.history(Samples.id, progressFrom: 5, limit: 10))
    #expect(history.steps.map(\.offset) == [11])
    let steps = TopicPartition(PlatformTopics.progress, 3)
    try await store.begin([steps: .init(start: 0, next: 12)])
    try await store.dropProgress(before: .max)
    // What was dropped is not known any more: a cursor before it is told so.
    #expect(try await store.origin().positions[steps] == .init(start: 12, next: 12))
    history = try #require(try await store.history(Samples.id, progressFrom: 0, limit: 10))
    #expect(history.steps.isEmpty)
    await store.close()
  }

  @Test func pagesShowEveryDocumentOnceInTheOrderOfTheLog() async throws {
    let folder = try TemporaryFolder()
    let store = try await store(in: folder)
    var records: [ViewRecord] = []
    for number in 0..<95 {
      let id = DocumentID.random()
      var upload = Samples.uploadedInline
      upload.documentID = id
      upload.tenant = number % 3 == 0 ? "acme" : "default"
      // Several at one instant: the id decides then.
      records.append(
        try .sample(upload, offset: Int64(number), id: id, time: 1_795_478_400_000 + Int64(number / 4)))
    }
    _ = try await store.apply(records, positions: [:])
    func all(_ query: DocumentQuery) async throws -> [DocumentRow] {
      var rows: [DocumentRow] = []
      var place: ListCursor?
      while true {
        var page = try await store.list(query, after: place)
        let isLast = page.count <= query.limit
        page = Array(page.prefix(query.limit))
        rows += page
        guard !isLast, let last = page.last, let time = last.upload?.recordTime else { return rows }
        place = ListCursor(time: time, id: last.id)
      }
    }
    var query = DocumentQuery()
    query.limit = 10
    let newest = try await all(query)
    #expect(newest.count == 95 && Set(newest.map(\.id)).count == 95)
    #expect(newest.map { $0.upload!.recordTime } == newest.map { $0.upload!.recordTime }.sorted(by: >))
    query.order = .oldestFirst
    #expect(try await all(query) == newest.reversed())
    query.tenant = "acme"
    #expect(try await all(query).count == 32)
    query.state = .enriched
    #expect(try await all(query).isEmpty)
    await store.close()
  }

  @Test func aDamagedFileIsThrownAway() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/view.sqlite"
    try Data(repeating: 9, count: 20_000).write(to: URL(filePath: path))
    let store = try await ViewStore.open(path: path)
    #expect(try await store.origin().clusterID == nil)
    await store.close()
  }
}
