import Foundation
import HeadraceCore
import HeadraceKafka
import HeadraceTesting
import Testing

/// The README's processor runs, and does what the README says.
@Suite(.timeLimit(.minutes(2))) struct FirstProcessorTests {
  @Test func itCopiesEachRecordOnceInOrder() async throws {
    try await EmbeddedBroker.withBroker { broker in
      let kafka = KafkaConfiguration(bootstrapServers: broker.bootstrapServers)
      let admin = try KafkaAdmin(configuration: kafka)
      for name in ["quiet", "loud"] { _ = try await admin.createTopic(NewTopic(name, partitions: 4)) }
      await admin.close()
      let process = try TestProgram(
        HeadraceProcess.binary("FirstProcessor"), [broker.bootstrapServers], errors: "/dev/null")
      defer { process.stop() }
      let producer = try KafkaProducer(configuration: kafka)
      for number in 0..<1_000 {
        try await producer.enqueue(
          ProducerRecord(topic: "quiet", key: Array("key \(number % 50)".utf8), value: Array("word \(number)".utf8)))
      }
      _ = await producer.close(deadline: .seconds(10))
      var records: [OwnedRecord] = []
      let deadline = ContinuousClock.now + .seconds(60)
      while records.count < 1_000, ContinuousClock.now < deadline {
        records = try await World.committedRecords("loud", broker.bootstrapServers)
        if records.count < 1_000 { try await Task.sleep(for: .milliseconds(100)) }
      }
      #expect(records.count == 1_000)
      var last: [[UInt8]: Int] = [:]
      for record in records {
        let text = String(decoding: record.value ?? [], as: UTF8.self)
        let number = try #require(Int(text.dropFirst(5)))
        #expect(text == "WORD \(number)")
        #expect(number > last[record.key ?? [], default: -1])
        last[record.key ?? []] = number
      }
      process.signal(SIGTERM)
      #expect(await process.waitForEnd(within: .seconds(30)) == .exit(0))
    }
  }
}
