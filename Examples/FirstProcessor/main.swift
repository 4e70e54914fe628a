import HeadraceCore
import HeadraceKafka
import HeadraceStreams

/// Reads `quiet`, writes `loud`: in order for each key, a thousand keys at a time, each output exactly once.
struct Shout: Processor {
  func handle(_ record: InputRecord<[UInt8]?>, context: ProcessorContext) async throws -> Outputs {
    let text = String(decoding: record.value ?? [], as: UTF8.self)
    return [Output(topic: "loud", key: record.key, value: Array(text.uppercased().utf8))]
  }
}

let kafka = KafkaConfiguration(bootstrapServers: CommandLine.arguments.dropFirst().first ?? "127.0.0.1:9092")
var configuration = ProcessorConfiguration(name: "shout", inputTopics: ["quiet"])
configuration.slots = 1_000
try await ServiceGroup([ProcessorService(Shout(), configuration: configuration, kafka: kafka)]).run()
