import HeadraceKafka
import HeadraceTesting
import Testing

/// What the article *Testing* shows, run.
@Suite("Testing kit", .timeLimit(.minutes(1 * TestKafka.patience)))
struct TestingKitTests {
  @Test func aTopicOfItsOwnIsThereAndGoneAfterwards() async throws {
    try await EmbeddedBroker.withBroker { broker in
      let admin = try KafkaAdmin(configuration: broker.configuration())
      struct Stop: Error {}
      for throwing in [false, true] {
        do {
          try await broker.withTopic(partitions: 3, configs: ["cleanup.policy": "compact"]) { topic in
            #expect(try await admin.describeTopics([topic]).first?.partitions.count == 3)
            let policy = try await admin.configs(of: .topic(topic)).first { $0.name == "cleanup.policy" }
            #expect(policy?.value == "compact")
            if throwing { throw Stop() }
          }
        } catch is Stop {}
        #expect(try await admin.topics().isEmpty)
      }
      await admin.close()
    }
  }

  @Test func theArticlesExamplesRun() async throws {
    try await DocumentationSnippets.testing1()
    try await DocumentationSnippets.testing2()
  }
}
