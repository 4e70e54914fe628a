import FoundationEssentials
import Glibc
import HeadraceCore
import HeadraceExtraction
import HeadraceKafka
import HeadraceLLM
import HeadraceTesting
import Testing

@testable import HeadraceDocuments

/// The main job on Apache Kafka. The platform's topics of that cluster are made anew: it must be one for tests.
@Suite("On Apache Kafka", .timeLimit(.minutes(5)), .serialized)
struct RealKafkaTests {
  private static let servers = ProcessEnvironment.value("HEADRACE_TEST_KAFKA")

  @Test(.enabled(if: RealKafkaTests.servers != nil, "needs HEADRACE_TEST_KAFKA"))
  func uploadsBecomeMetadataOnTwoReplicasAndDeletionsHold() async throws {
    let kafka = KafkaConfiguration(bootstrapServers: RealKafkaTests.servers ?? "", preset: .latency)
    try await RealKafkaTests.topicsAnew(kafka)
    let folder = try TemporaryFolder()
    try await withScriptedModel { model in
      let blobs = FolderBlobStore(folder: folder.path + "/blobs")
      func service(_ name: String) -> DocumentService {
        DocumentService(
          configuration: DocumentServiceConfiguration(kafka: kafka, viewPath: "\(folder.path)/\(name).sqlite"),
          blobs: blobs)
      }
      let (a, b) = (service("a"), service("b"))
      let enricher = DocumentEnricher(
        configuration: EnricherConfiguration(kafka: kafka),
        llm: try LLMClient(configuration: LLMConfiguration(environment: model.environment)),
        usage: NoUsageSink(), blobs: blobs, extractor: Extractor())
      let group = ServiceGroup([a, b, enricher], configuration: RealKafkaTests.quiet)
      try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { try await group.run() }
        for service in [a, b] { try await service.waitUntilReady(timeout: .seconds(60)) }
        var uploaded: [DocumentResource] = []
        for number in 0..<10 {
          let document = try await a.upload("Letter \(number) about the sea.", key: "k \(number)")
          #expect(try await b.get(document.id).source == document.source)
          uploaded.append(document)
        }
        #expect(try await b.upload("Letter 3 about the sea.", key: "k 3").source == uploaded[3].source)
        await expect(.idempotencyConflict) { _ = try await b.upload("Other", key: "k 3") }
        for document in uploaded {
          #expect(try await b.wait(for: document.id, timeout: .seconds(60)).state == .enriched)
          #expect(try await a.allEvents(of: document.id).last?.type == DocumentEnriched.eventType)
          #expect(try await b.content(of: document.id).chunks.collect(upTo: 100).count == Int(document.size))
        }
        try await b.delete(uploaded[0].id)
        #expect(try await b.get(uploaded[0].id).state == .deleted)
        let gone = uploaded[0].id
        await expect(.deleted) { _ = try await b.content(of: gone) }
        group.triggerGracefulShutdown()
        try await tasks.waitForAll()
      }
    }
  }

  private static var quiet: ServiceGroup.Configuration {
    var configuration = ServiceGroup.Configuration()
    configuration.signals = []
    return configuration
  }

  private static func topicsAnew(_ kafka: KafkaConfiguration) async throws {
    let admin = try KafkaAdmin(configuration: kafka)
    let topics = PlatformTopics.all(partitions: 3)
    let names = topics.map(\.name)
    let known = Set(try await admin.topics().map(\.name))
    _ = try await admin.deleteTopics(names.filter(known.contains))
    var left = topics
    let deadline = ContinuousClock.now + .seconds(60)
    while !left.isEmpty, ContinuousClock.now < deadline {
      // A deletion takes a moment to be over.
      let failures = try await admin.createTopics(
        left.map { NewTopic($0.name, partitions: Int($0.partitions), configs: $0.configuration) })
      left.removeAll { failures[$0.name] == nil }
      if !left.isEmpty { try await Task.sleep(for: .milliseconds(200)) }
    }
    await admin.close()
    try #require(left.isEmpty)
  }
}
