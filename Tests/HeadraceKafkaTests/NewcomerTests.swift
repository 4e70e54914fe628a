import HeadraceKafka
import Testing

/// The example of the documentation's first page, run.
@Suite("Newcomer", .timeLimit(.minutes(1 * TestKafka.patience)))
struct NewcomerTests {
  struct Greeting: Codable, Sendable, Equatable { var text: String }

  @Test(arguments: TestKafka.brokers)
  func theFirstPageRuns(broker: TestKafka.Broker) async throws {
    try await broker.withTopic { name in
      var configuration = try await broker.configuration()
      configuration.consumer.groupID = uniqueName("greeter")

      // begin: documentation
      let greetings = Topic(name, key: .string, value: .json(Greeting.self))

      let admin = try KafkaAdmin(configuration: configuration)
      try await admin.createTopic(NewTopic(greetings.name))  // one that is there already is no error
      await admin.close()

      try await withKafkaProducer(configuration) { producer in
        try await producer.send(Greeting(text: "hello"), key: "ada", to: greetings)
      }

      let consumer = try KafkaConsumer(configuration: configuration)
      try await consumer.subscribe(to: [greetings.name])
      for try await record in consumer.records(of: greetings) {
        let greeting = try record.value()
        print(record.coordinate, greeting.text)
        try await consumer.commit([record.nextOffset])
        break
      }
      await consumer.close()
      // end: documentation
      let after = try await TestKafka.admin(broker)
      #expect(try await after.committedOffsets(of: configuration.consumer.groupID ?? "").map(\.offset) == [1])
    }
  }
}
