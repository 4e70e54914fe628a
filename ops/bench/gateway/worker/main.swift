import FoundationEssentials
import HeadraceCore
import HeadraceDocuments
import HeadraceKafka
import HeadraceStreams

/// Answers every upload at once with an enriched event: what the way costs when the work costs nothing.
///
///     GatewayBenchWorker BOOTSTRAP exactly-once|at-least-once
struct Answerer: Processor {
  func decode(_ record: RawRecord) throws -> DocumentUploaded { try DocumentUploaded(json: record.value ?? []) }

  func handle(_ record: InputRecord<DocumentUploaded>, context: ProcessorContext) async throws -> Outputs {
    let upload = record.value
    let enriched = DocumentEnriched(
      documentID: upload.documentID, name: upload.name, contentType: upload.contentType, size: upload.size,
      sha256: upload.sha256, title: upload.name, summary: "", language: "und", category: "other", topics: [],
      keywords: [],
      extraction: ExtractionFacts(
        rule: "declared", declaredType: upload.contentType, nameType: "", encoding: "utf-8", characters: 0,
        milliseconds: 0),
      provenance: Provenance(
        source: context.coordinate, processor: context.processor, version: context.version, promptID: "",
        promptVersion: "", route: ""))
    let event = CloudEvent(
      id: context.eventID(0), source: context.eventSource, type: DocumentEnriched.eventType,
      subject: record.raw.keyText,
      time: .now, dataContentType: "application/json", dataSchema: DocumentEnriched.schemaPath)
    return [
      Output(
        topic: PlatformTopics.metadata, partition: context.coordinate.partition, key: record.raw.key,
        value: try enriched.json(), headers: event.kafkaHeaders)
    ]
  }
}

let arguments = CommandLine.arguments
var kafka = KafkaConfiguration(bootstrapServers: arguments.dropFirst().first ?? "127.0.0.1:9092", preset: .processor)
var configuration = ProcessorConfiguration(name: "gateway-bench", inputTopics: [PlatformTopics.uploads])
configuration.commitInterval = .milliseconds(5)
configuration.slots = 256
if arguments.dropFirst(2).first == "at-least-once" { configuration.guarantee = .atLeastOnce }
try await ServiceGroup([ProcessorService(Answerer(), configuration: configuration, kafka: kafka)]).run()
