import FoundationEssentials
import Glibc
import HeadraceCore
import HeadraceKafka
import HeadraceStreams
import HeadraceTesting
import Testing

@testable import HeadraceDocuments

/// Enrichers and brokers that die at any moment.
@Suite("Crashes", .timeLimit(.minutes(5)))
struct CrashTests {
  /// Uploads documents of one to three calls while `disturb` runs, waits until all are enriched, and looks at the log.
  private func run(
    _ platform: TestPlatform, documents service: DocumentService, count: Int,
    disturb: @escaping @Sendable () async throws -> Void
  ) async throws -> [DocumentResource] {
    let uploaded = try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await disturb() }
      var uploaded: [DocumentResource] = []
      for number in 0..<count {
        let text = (0...(number % 3 == 0 ? 60 : 3)).map {
          "Line \($0) of letter \(number) tells of a journey to the coast."
        }
        while true {
          // An upload that was not acknowledged is sent again under its key.
          do {
            uploaded.append(try await service.upload(text.joined(separator: "\n\n"), key: "letter \(number)"))
            break
          } catch is DocumentError { try await Task.sleep(for: .milliseconds(20)) }
        }
        try await Task.sleep(for: .milliseconds(15))
      }
      try await group.waitForAll()
      return uploaded
    }
    for document in uploaded {
      let finished = try await service.wait(for: document.id, timeout: .seconds(90))
      #expect(finished.state == .enriched)
    }
    return uploaded
  }

  private func expectOneEventEach(_ uploaded: [DocumentResource], in platform: TestPlatform) async throws {
    let records = try await platform.records(of: PlatformTopics.metadata)
    #expect(records.count == uploaded.count)
    #expect(Set(records.map { DocumentID(key: $0.key) }) == Set(uploaded.map(\.id)))
  }

  @Test func G01_everyAcknowledgedUploadIsEnrichedOnceThoughEnrichersAreKilled() async throws {
    let latency = ScriptedModelConfiguration(latency: .uniform(.milliseconds(5)...(.milliseconds(60))))
    try await TestPlatform.with(model: latency) { platform in
      let service = platform.documents()
      let slots = 4
      let kills = 6
      try await platform.running(service) {
        try await service.waitUntilReady(timeout: .seconds(20))
        let (stream, isOver) = AsyncStream<Void>.makeStream()
        let uploaded = try await withThrowingTaskGroup(of: [DocumentResource]?.self) { group in
          group.addTask {
            defer { isOver.finish() }
            return try await run(platform, documents: service, count: 40) {}
          }
          group.addTask {
            for kill in 0...kills {
              let enricher = try platform.enricher(slots: slots) {
                $0.groupInstanceID = "one"
                $0.sessionTimeout = .seconds(6)
              }
              // Cancelling is the hard stop: nothing is waited for, nothing tidied.
              let task = Task { try? await enricher.run() }
              if kill < kills {
                try await Task.sleep(for: .milliseconds(250 + 70 * kill))
              } else {
                for await _ in stream {}
              }
              task.cancel()
              await task.value
            }
            return nil
          }
          var uploaded: [DocumentResource] = []
          for try await part in group { uploaded += part ?? [] }
          return uploaded
        }
        try await expectOneEventEach(uploaded, in: platform)
        let distinct = platform.model.billedCallsByPrompt.count
        #expect(platform.model.billedCalls <= distinct + slots * kills)
      }
    }
  }

  @Test func G01_everyAcknowledgedUploadIsEnrichedOnceThoughTheBrokerIsKilled() async throws {
    let latency = ScriptedModelConfiguration(latency: .uniform(.milliseconds(5)...(.milliseconds(40))))
    try await TestPlatform.with(model: latency) { platform in
      let service = platform.documents()
      try await platform.running(service, try platform.enricher(slots: 4)) {
        try await service.waitUntilReady(timeout: .seconds(20))
        let uploaded = try await run(platform, documents: service, count: 30) {
          for _ in 0..<3 {
            try await Task.sleep(for: .milliseconds(300))
            try await platform.broker.killAndRestart()
          }
        }
        try await expectOneEventEach(uploaded, in: platform)
      }
    }
  }

  @Test func aViewWhoseLogWasReplacedIsMadeAnew() async throws {
    try await TestPlatform.with { platform in
      let service = platform.documents()
      try await platform.running(service) {
        try await service.waitUntilReady(timeout: .seconds(20))
        for number in 0..<5 { _ = try await service.upload("old \(number)") }
      }
      // Another cluster behind the same view file.
      try await TestPlatform.with { other in
        let service = DocumentService(
          configuration: DocumentServiceConfiguration(
            kafka: other.kafka, viewPath: "\(platform.folder.path)/view-a.sqlite"), blobs: other.blobs)
        try await other.running(service) {
          try await service.waitUntilReady(timeout: .seconds(20))
          #expect(try await service.list(DocumentQuery()).documents.isEmpty)
          let new = try await service.upload("new")
          #expect(try await service.get(new.id).name == "a.txt")
        }
      }
    }
  }
}
