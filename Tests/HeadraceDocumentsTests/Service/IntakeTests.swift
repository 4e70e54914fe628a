import FoundationEssentials
import HeadraceCore
import HeadraceKafka
import HeadraceTesting
import Synchronization
import Testing

@testable import HeadraceDocuments

/// What an upload leaves behind, and what it does not.
@Suite("Intake", .timeLimit(.minutes(2)))
struct IntakeTests {
  @Test func textTravelsInTheEventAndTouchesNoBlob() async throws {
    try await TestPlatform.with { platform in
      let documents = platform.documents(blobs: NoBlobs())
      try await platform.running(documents) {
        try await documents.waitUntilReady(timeout: .seconds(20))
        let text = String(repeating: "ä\u{0}\"\\\n", count: 10_922) + "zz"
        #expect(text.utf8.count == 65_534)
        let document = try await documents.upload(text)
        let content = try await documents.content(of: document.id)
        #expect(try await content.chunks.collect(upTo: 1 << 20) == Array(text.utf8))
        let part = try await documents.content(of: document.id, range: 2..<100_000)
        #expect(part.range == 2..<65_534)
        #expect(try await part.chunks.collect(upTo: 1 << 20) == Array(text.utf8.dropFirst(2)))
        let empty = try await documents.upload("")
        #expect(empty.size == 0)
        #expect(try await documents.content(of: empty.id).chunks.collect(upTo: 1) == [])
        await expect(.rangeUnsatisfiable) { _ = try await documents.content(of: document.id, range: 65_534..<70_000) }

        let record = try await platform.records(of: PlatformTopics.uploads).first {
          $0.coordinate == document.source
        }
        let event = try #require(try record.map { try CloudEvent(kafkaHeaders: $0.headers, value: $0.value) })
        #expect(event.type == DocumentUploaded.eventType && event.subject == document.id.description)
        #expect(event.source.hasSuffix("/gateway") && event.extensions["partitionkey"] == document.id.description)
        #expect(event.dataSchema == "/schemas/headrace.document.uploaded/v1.schema.json")
      }
    }
  }

  /// Small texts are read from the log, one after the other: a read that waited for more than its record held up the next
  /// one for a tenth of a second.
  @Test func readsOfSmallTextsDoNotWaitForOneAnother() async throws {
    try await TestPlatform.with { platform in
      let documents = platform.documents(blobs: NoBlobs())
      try await platform.running(documents) {
        try await documents.waitUntilReady(timeout: .seconds(20))
        let document = try await documents.upload("a small text")
        // The quickest of many but the first, which finds the reader at rest: load makes some slow, the wait made each slow.
        var quickest = Duration.seconds(60)
        for turn in 0..<20 {
          let began = ContinuousClock.now
          let content = try await documents.content(of: document.id)
          #expect(try await content.chunks.collect(upTo: 1 << 10).count == 12)
          if turn > 0 { quickest = min(quickest, ContinuousClock.now - began) }
        }
        #expect(quickest < .milliseconds(50))
      }
    }
  }

  @Test func everythingElseGoesIntoABlob() async throws {
    try await TestPlatform.with { platform in
      let documents = platform.documents()
      try await platform.running(documents) {
        try await documents.waitUntilReady(timeout: .seconds(20))
        for bytes in [[0xff, 0xfe, 0x00], BlobStoreConformance.bytes(65_537), [UInt8](repeating: 65, count: 70_000)] {
          var upload = DocumentUpload(name: "x", contentType: "application/octet-stream")
          upload.expectedSHA256 = SHA256.hash(bytes)
          let document = try await documents.accept(upload, body: Body(bytes)).document
          #expect(document.sha256 == SHA256.hash(bytes).hex && document.size == Int64(bytes.count))
          #expect(try await documents.content(of: document.id).chunks.collect(upTo: 1 << 20) == bytes)
          await expect(.textNotReady) { _ = try await documents.text(of: document.id) }
        }
      }
    }
  }

  @Test func whatIsRefusedLeavesNothing() async throws {
    try await TestPlatform.with { platform in
      let documents = platform.documents()
      try await platform.running(documents) {
        try await documents.waitUntilReady(timeout: .seconds(20))
        let large = BlobStoreConformance.bytes(200_000)
        var upload = DocumentUpload(name: "x", contentType: "a/b")
        upload.maximumSize = 199_999
        await expect(.tooLarge) { [upload] in _ = try await documents.accept(upload, body: Body(large)) }
        upload.maximumSize = 1 << 30
        upload.expectedSHA256 = SHA256.hash("other")
        await expect(.digestMismatch) { [upload] in _ = try await documents.accept(upload, body: Body(large)) }
        await expect(.digestMismatch) { [upload] in _ = try await documents.accept(upload, body: Body("text")) }
        upload.expectedSHA256 = nil
        do {
          _ = try await documents.accept(upload, body: BrokenBody(pieces: 9))
          Issue.record("a broken body was accepted")
        } catch { #expect(error is BrokenBody.Broken) }
        upload.idempotencyKey = String(repeating: "k", count: 256)
        await expect(.invalidUpload) { [upload] in _ = try await documents.accept(upload, body: Body("x")) }
        #expect(try await platform.records(of: PlatformTopics.uploads).isEmpty)
        let folder = platform.folder.path + "/blobs"
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/tmp").isEmpty)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/sha256").isEmpty)
        await expect(.notFound) { _ = try await documents.get(.random()) }
        await expect(.notFound) { try await documents.delete(.random()) }
        await expect(.invalidCursor) {
          var query = DocumentQuery()
          query.cursor = "x"
          _ = try await documents.list(query)
        }
      }
    }
  }

  @Test func aFullDiskRefusesUploadsAndTextGoesOn() async throws {
    try await TestPlatform.with { platform in
      let documents = platform.documents(blobs: NoBlobs())
      try await platform.running(documents) {
        try await documents.waitUntilReady(timeout: .seconds(20))
        await expect(.storageFull) {
          _ = try await documents.accept(
            DocumentUpload(name: "x", contentType: "a/b"), body: Body(BlobStoreConformance.bytes(100_000)))
        }
        // Health says so; what needs no blob is still taken.
        while documents.health.parts.first(where: { $0.name == "blobs" })?.detail.contains("full") != true {
          try await Task.sleep(for: .milliseconds(5))
        }
        #expect(documents.health.isReady == false)
        _ = try await documents.upload("text")
      }
    }
  }

  @Test func aViewThatCannotBeWrittenWaitsAndLosesNothing() async throws {
    try await TestPlatform.with { platform in
      let documents = platform.documents()
      try await platform.running(documents) {
        try await documents.waitUntilReady(timeout: .seconds(20))
        let before = try await documents.upload("before", key: "before")
        let store = try documents.view.open().store
        try await store.limit(pages: nil)
        var uploaded: [DocumentResource] = []
        var isFull = false
        while !isFull {
          // The receipt is the log's: it does not wait for the view.
          uploaded.append(
            try await documents.upload("text \(uploaded.count)", name: String(repeating: "n", count: 400)))
          isFull = documents.health.parts.first { $0.name == "view" }?.detail.contains("can't be written") == true
        }
        #expect(!documents.health.isReady)
        #expect(try await documents.get(before.id).id == before.id)
        try await store.limit(pages: 1_000_000)
        for document in uploaded {
          while (try? await documents.get(document.id)) == nil { try await Task.sleep(for: .milliseconds(5)) }
        }
        try await documents.waitUntilReady(timeout: .seconds(20))
      }
    }
  }

  @Test func aLogThatIsGoneIsToldAndComesBack() async throws {
    try await TestPlatform.with { platform in
      var configuration = DocumentServiceConfiguration(
        kafka: platform.kafka, viewPath: platform.folder.path + "/view.sqlite")
      configuration.acknowledgementTimeout = .seconds(2)
      let documents = DocumentService(configuration: configuration, blobs: platform.blobs)
      try await platform.running(documents) {
        try await documents.waitUntilReady(timeout: .seconds(20))
        let before = try await documents.upload("before")
        _ = try await documents.get(before.id)
        await platform.broker.kill()
        await expect(.logUnavailable) { _ = try await documents.upload("lost") }
        // What the view has is still answered.
        #expect(try await documents.get(before.id).id == before.id)
        #expect(!documents.health.isReady)
        try await platform.broker.start()
        // Ready again without an upload to show it.
        while !documents.health.isReady { try await Task.sleep(for: .milliseconds(20)) }
        var after: DocumentResource?
        while after == nil { after = try? await documents.upload("after") }
        // Clients find the broker again one by one.
        var found: DocumentResource?
        while found == nil { found = try? await documents.get(after!.id) }
        #expect(found?.state == .uploaded)
        #expect(try await documents.list(DocumentQuery()).documents.map(\.id).contains(before.id))
      }
    }
  }
}

/// Expects a `DocumentError` of this code.
func expect(
  _ code: DocumentError.Code, sourceLocation: SourceLocation = #_sourceLocation,
  _ body: @Sendable () async throws -> Void
) async {
  let error = await #expect(throws: DocumentError.self, sourceLocation: sourceLocation) { try await body() }
  #expect(error?.code == code, sourceLocation: sourceLocation)
}

/// A store on a full disk.
final class NoBlobs: BlobStore {
  private let error = BlobError(.full, "the disk is full")
  func makeWriter() async throws -> any BlobWriter { throw error }
  func size(of blob: BlobReference) async throws -> Int64? { nil }
  func read(_ blob: BlobReference, range: Range<Int64>?) async throws -> BlobChunks { throw error }
  func file(of blob: BlobReference) async throws -> LocalBlob { throw error }
  func sweep(
    olderThan date: Date, keeping isKept: @Sendable (BlobReference) async throws -> Bool
  ) async throws -> BlobSweep { BlobSweep() }
  func check() async throws { throw error }
}

/// A body that breaks off.
private struct BrokenBody: AsyncSequence, AsyncIteratorProtocol, Sendable {
  struct Broken: Error {}
  var pieces: Int

  mutating func next() async throws -> [UInt8]? {
    guard pieces > 0 else { throw Broken() }
    pieces -= 1
    return [UInt8](repeating: 1, count: 20_000)
  }

  func makeAsyncIterator() -> BrokenBody { self }
}
