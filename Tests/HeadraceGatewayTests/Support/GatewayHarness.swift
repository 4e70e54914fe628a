import Foundation
import HeadraceCore
import HeadraceDocuments
import HeadraceGateway
import HeadraceHTTP
import HeadraceKafka
import HeadraceTelemetry
import HeadraceTesting
import Synchronization

/// One log, and as many gateways on it as a test asks for, each with a view of its own.
final class GatewayHarness: Sendable {
  struct Node: Sendable {
    let gateway: Gateway
    let documents: DocumentService
    let port: Int
    let metrics: MetricsRegistry
    var url: String { "http://127.0.0.1:\(port)" }
  }

  let broker: EmbeddedBroker
  let folder: String
  let nodes: [Node]
  let client = HTTPClient()
  private let producer: KafkaProducer

  private init(broker: EmbeddedBroker, folder: String, nodes: [Node], producer: KafkaProducer) {
    self.broker = broker
    self.folder = folder
    self.nodes = nodes
    self.producer = producer
  }

  var url: String { nodes[0].url }
  var port: Int { nodes[0].port }
  var documents: DocumentService { nodes[0].documents }

  /// Runs everything, lends it, and removes it.
  static func run(
    gateways: Int = 1, onApacheKafka: Bool = false, acknowledgement: Duration = .seconds(10),
    configure: (inout GatewayConfiguration) -> Void = { _ in },
    _ body: @Sendable (GatewayHarness) async throws -> Void
  ) async throws {
    var configuration = GatewayConfiguration()
    configuration.port = 0
    configuration.drainTimeout = .seconds(2)
    configure(&configuration)
    let folder = FileManager.default.temporaryDirectory.path + "/headrace-gateway-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await EmbeddedBroker.withBroker { broker in
      let log = ProcessInfo.processInfo.environment["HEADRACE_TEST_KAFKA"] ?? broker.bootstrapServers
      var kafka = KafkaConfiguration(
        bootstrapServers: onApacheKafka ? log : broker.bootstrapServers, preset: .latency)
      // Brokers are killed here on purpose; what clients say of it is no news.
      kafka.logger = Logger(label: "test.kafka", level: .critical, handler: StreamLogHandler(format: .text))
      let client = kafka
      let admin = try KafkaAdmin(configuration: client)
      let topics = PlatformTopics.all(partitions: 4).map {
        NewTopic($0.name, partitions: Int($0.partitions), configs: $0.configuration)
      }
      let failures = try await admin.createTopics(topics)
      await admin.close()
      // On a Kafka that others use the topics may be there already.
      precondition(failures.isEmpty || onApacheKafka, "\(failures)")
      let producer = try KafkaProducer(configuration: client)
      let made = try (0..<gateways).map { index in
        var service = DocumentServiceConfiguration(kafka: client, viewPath: "\(folder)/view-\(index).sqlite")
        service.acknowledgementTimeout = acknowledgement
        let documents = DocumentService(configuration: service, blobs: FolderBlobStore(folder: "\(folder)/blobs"))
        let metrics = MetricsRegistry()
        return (documents, try Gateway(configuration: configuration, documents: documents, metrics: metrics), metrics)
      }
      try await withThrowingTaskGroup(of: Void.self) { group in
        var nodes: [Node] = []
        for (documents, gateway, metrics) in made {
          group.addTask { try await documents.run() }
          group.addTask { try await gateway.run() }
          nodes.append(
            Node(gateway: gateway, documents: documents, port: try await gateway.boundPort(), metrics: metrics))
          try await documents.waitUntilReady(timeout: .seconds(20))
        }
        let harness = GatewayHarness(broker: broker, folder: folder, nodes: nodes, producer: producer)
        defer { group.cancelAll() }
        try await body(harness)
      }
      _ = await producer.close(deadline: .seconds(2))
    }
  }

  // MARK: Requests

  struct Answer: Sendable {
    let status: Int
    let headers: HTTPClient.Headers
    let body: [UInt8]
    var text: String { String(decoding: body, as: UTF8.self) }
    var json: JSONValue { (try? JSONValue(parsing: body)) ?? .null }
  }

  func send(
    _ method: String, _ path: String, _ headers: HTTPClient.Headers = [:], body: [UInt8]? = nil, node: Int = 0
  ) async throws -> Answer {
    let answer = try await client.execute(
      HTTPClient.Request(
        method: method, url: nodes[node].url + path, headers: headers, body: body.map { .bytes($0) } ?? .none))
    return Answer(status: answer.status, headers: answer.headers, body: answer.body)
  }

  func get(_ path: String, _ headers: HTTPClient.Headers = [:], node: Int = 0) async throws -> Answer {
    try await send("GET", path, headers, node: node)
  }

  func upload(
    _ text: String, _ headers: HTTPClient.Headers = [:], query: String = "?name=a.txt", node: Int = 0
  ) async throws -> Answer {
    var headers = headers
    if headers["content-type"] == nil { headers["content-type"] = "text/plain" }
    return try await send("POST", "/v1/documents\(query)", headers, body: Array(text.utf8), node: node)
  }

  // MARK: What the enricher would write

  private func write(_ id: String, topic: String, type: String, eventID: String, data: JSONValue) async throws {
    let event = CloudEvent(
      id: eventID, source: "/headrace/test/enricher", type: type, subject: id, time: .now,
      dataContentType: "application/json", dataSchema: nil, extensions: [:])
    _ = try await producer.send(
      ProducerRecord(topic: topic, key: Array(id.utf8), value: data.bytes, headers: event.kafkaHeaders))
  }

  func progress(_ id: String, done: Int, total: Int) async throws {
    try await write(
      id, topic: PlatformTopics.progress, type: DocumentProgressed.eventType, eventID: "x/0/0/0/model/\(done)",
      data: [
        "documentId": .string(id), "stage": "model", "done": .int(Int64(done)), "total": .int(Int64(total)),
      ])
  }

  func enrich(_ id: String, title: String = "A title") async throws {
    try await write(
      id, topic: PlatformTopics.metadata, type: DocumentEnriched.eventType, eventID: "x/0/0/0",
      data: ["documentId": .string(id), "title": .string(title), "summary": "A summary"])
  }

  func fail(_ id: String, reason: String) async throws {
    try await write(
      id, topic: PlatformTopics.metadata, type: DocumentFailed.eventType, eventID: "x/0/0/0",
      data: [
        "documentId": .string(id),
        "error": ["reason": .string(reason), "title": "It failed", "detail": "For this reason"],
      ])
  }

  /// Files under the blob store, temporary ones too.
  func blobFiles() -> [String] {
    let found = FileManager.default.enumerator(atPath: "\(folder)/blobs")
    return (found?.allObjects as? [String] ?? []).filter { path in
      var isFolder: ObjCBool = false
      _ = FileManager.default.fileExists(atPath: "\(folder)/blobs/\(path)", isDirectory: &isFolder)
      return !isFolder.boolValue
    }
  }

  /// How many records a topic holds.
  func records(of topic: String) async throws -> Int64 {
    let admin = try KafkaAdmin(
      configuration: KafkaConfiguration(bootstrapServers: broker.bootstrapServers, preset: .balanced))
    let partitions = (0..<4).map { TopicPartition(topic, Int32($0)) }
    let marks = try await admin.watermarks(of: partitions)
    await admin.close()
    return marks.values.reduce(0) { $0 + $1.high }
  }
}
