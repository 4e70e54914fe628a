import FoundationEssentials
import HeadraceCore
import HeadraceKafka
import HeadraceTesting
import Testing

@testable import HeadraceDocuments

/// Two services on one log are replicas of each other.
@Suite("Replicas", .timeLimit(.minutes(3)))
struct ReplicaTests {
  /// Runs two services, ready.
  private func withTwo(
    _ body: @escaping @Sendable (TestPlatform, DocumentService, DocumentService) async throws -> Void
  ) async throws {
    try await TestPlatform.with { platform in
      let (a, b) = (platform.documents("a"), platform.documents("b"))
      try await platform.running(a, b) {
        try await a.waitUntilReady(timeout: .seconds(20))
        try await b.waitUntilReady(timeout: .seconds(20))
        try await body(platform, a, b)
      }
    }
  }

  @Test func anAcknowledgedUploadIsFoundOnTheOtherAtOnce() async throws {
    try await withTwo { _, a, b in
      for number in 0..<50 {
        let document = try await a.upload("text \(number)")
        let found = try await b.get(document.id)
        #expect(found.id == document.id && found.source == document.source)
        try await b.delete(document.id)
        // What a does not know yet it may still show; asked for after its view has passed, it is gone.
        #expect(try await b.get(document.id).state == .deleted)
      }
    }
  }

  @Test func oneKeySentToBothAtOnceMakesOneDocument() async throws {
    try await withTwo { platform, a, b in
      for number in 0..<20 {
        let key = "key \(number)"
        let answers = try await withThrowingTaskGroup(of: DocumentAcceptance.self) { group in
          for service in [a, b, a, b] {
            group.addTask {
              var upload = DocumentUpload(name: "a.txt", contentType: "text/plain")
              upload.idempotencyKey = key
              return try await service.accept(upload, body: Body("the same bytes"))
            }
          }
          return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(answers.map(\.document.id)).count == 1)
        #expect(Set(answers.map(\.document.source)).count == 1)
        #expect(answers.count { !$0.isRepeat } == 1)
      }
      // Later and on either: the first answer.
      let again = try await a.upload("the same bytes", key: "key 3")
      #expect(try await b.upload("the same bytes", key: "key 3").source == again.source)
      #expect(try await b.list(DocumentQuery()).documents.count == 20)
    }
  }

  @Test func oneKeyForOtherBytesIsAConflictWhoeverIsAsked() async throws {
    try await withTwo { platform, a, b in
      for number in 0..<10 {
        let outcomes = await withTaskGroup(of: Result<DocumentResource, any Error>.self) { group in
          for (service, text) in [(a, "one"), (b, "other")] {
            group.addTask {
              do { return .success(try await service.upload(text, key: "key \(number)")) } catch {
                return .failure(error)
              }
            }
          }
          return await group.reduce(into: []) { $0.append($1) }
        }
        let (won, lost) = (outcomes.compactMap { try? $0.get() }, outcomes.filter { (try? $0.get()) == nil })
        #expect(won.count == 1 && lost.count == 1)
        for case .failure(let error) in lost { #expect((error as? DocumentError)?.code == .idempotencyConflict) }
        // Both replicas hold the winner's bytes, and so does the last record of the key: the one compaction keeps.
        let winner = try #require(won.first)
        for service in [a, b] {
          let content = try await service.content(of: winner.id)
          #expect(content.sha256 == winner.sha256)
          #expect(SHA256.hash(try await content.chunks.collect(upTo: 100)).hex == winner.sha256)
        }
        let last = try await platform.records(of: PlatformTopics.uploads).last { $0.key == winner.id.key }
        #expect(try DocumentUploaded(json: last?.value ?? []).sha256 == winner.sha256)
      }
      await expect(.idempotencyConflict) { _ = try await a.upload("third", key: "key 0") }
    }
  }

  @Test func aKeyIsRememberedOverARestartAndADeletion() async throws {
    try await TestPlatform.with { platform in
      let before = platform.documents("a")
      let first = try await platform.running(before) {
        try await before.waitUntilReady(timeout: .seconds(20))
        return try await before.upload("bytes", key: "k")
      }
      try FileManager.default.removeItem(atPath: platform.folder.path + "/view-a.sqlite")
      let documents = platform.documents("fresh")
      try await platform.running(documents) {
        try await documents.waitUntilReady(timeout: .seconds(20))
        #expect(try await documents.upload("bytes", key: "k").source == first.source)
        await expect(.idempotencyConflict) { _ = try await documents.upload("other", key: "k") }
        try await documents.delete(first.id)
        await expect(.deleted) { _ = try await documents.upload("bytes", key: "k") }
        await expect(.deleted) { try await documents.delete(first.id) }
        await expect(.deleted) { _ = try await documents.content(of: first.id) }
      }
    }
  }
}
