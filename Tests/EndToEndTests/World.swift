import Foundation
import HeadraceCore
import HeadraceKafka
import HeadraceTesting

/// A folder, a scripted model and the `headrace` processes of one test.
enum World {
  /// The Apache Kafka that tests may use.
  static let kafka = ProcessInfo.processInfo.environment["HEADRACE_TEST_KAFKA"].flatMap { $0.isEmpty ? nil : $0 }

  /// The folder of Package.swift.
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// Lends a folder and removes it.
  static func withFolder<Result: Sendable>(_ body: @Sendable (String) async throws -> Result) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "headrace-e2e-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder)
  }

  /// Starts `headrace up` on a data folder and waits until it is ready.
  static func up(
    _ folder: String, model: ScriptedModel?, arguments: [String] = [], environment: [String: String] = [:]
  ) async throws -> (process: HeadraceProcess, gateway: GatewayFace, bootstrapServers: String) {
    let process = try HeadraceProcess(
      ["up", "--data", "\(folder)/data", "--port", "0", "-o", "json"] + arguments,
      environment: (model?.environment ?? [:]).merging(environment) { $1 }, folder: folder)
    do {
      let addresses = try await process.ready()
      guard let gateway = addresses["gateway"]?.string, let servers = addresses["bootstrapServers"]?.string else {
        throw Unexpected("no addresses: \(addresses.text)")
      }
      return (process, GatewayFace(url: gateway), servers)
    } catch {
      await process.killNow()
      throw error
    }
  }

  /// Lends a running platform with the embedded broker and a scripted model.
  static func withPlatform<Result: Sendable>(
    _ configuration: ScriptedModelConfiguration = .init(), arguments: [String] = ["--broker-port", "0"],
    _ body: @Sendable (GatewayFace, ScriptedModel, HeadraceProcess, String) async throws -> Result
  ) async throws -> Result {
    try await withFolder { folder in
      try await withScriptedModel(configuration) { model in
        let (process, gateway, servers) = try await up(folder, model: model, arguments: arguments)
        do {
          let result = try await body(gateway, model, process, servers)
          process.signal(SIGTERM)
          _ = await process.exitCode()
          return result
        } catch {
          FileHandle.standardError.write(Data("headrace said: \(process.standardError.suffix(6000))\n".utf8))
          await process.killNow()
          throw error
        }
      }
    }
  }

  /// All records of a topic that a `read_committed` reader sees now.
  static func committedRecords(_ topic: String, _ servers: String) async throws -> [OwnedRecord] {
    let admin = try KafkaAdmin(configuration: KafkaConfiguration(bootstrapServers: servers))
    let partitions = try await admin.describeTopics([topic])[0].partitions.map { TopicPartition(topic, $0.id) }
    await admin.close()
    var configuration = KafkaConfiguration(bootstrapServers: servers)
    configuration.consumer.isolation = .readCommitted
    configuration.consumer.reportsPartitionEnd = true
    let consumer = try KafkaConsumer(configuration: configuration)
    try await consumer.assign(partitions.map { PartitionStart($0, .beginning) })
    var records: [OwnedRecord] = []
    var open = Set(partitions)
    for try await batch in consumer.batches {
      records += batch.map { $0.detached() }
      for end in batch.partitionEnds { open.remove(end.topicPartition) }
      if open.isEmpty { break }
    }
    _ = await consumer.close(deadline: .seconds(5))
    return records
  }
}
