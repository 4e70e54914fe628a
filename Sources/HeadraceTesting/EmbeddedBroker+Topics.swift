import FoundationEssentials
public import HeadraceKafka

/// What a test needs to talk to the broker.
extension EmbeddedBroker {
  /// A configuration for clients of this broker.
  public func configuration(_ preset: KafkaConfiguration.Preset = .balanced) -> KafkaConfiguration {
    KafkaConfiguration(bootstrapServers: bootstrapServers, preset: preset)
  }

  /// Runs `body` with a topic of its own, under a name that nobody else has, and deletes it, also when `body` throws: for tests that run
  /// beside others on one broker.
  ///
  /// - Parameters:
  ///   - partitions: Its partitions.
  ///   - configs: Topic configuration, for example `["cleanup.policy": "compact"]`.
  ///   - body: Gets the topic's name.
  /// - Throws: what `body` throws; `KafkaError` when the topic can't be created.
  nonisolated(nonsending) public func withTopic<Result>(
    partitions: Int = 1, configs: [String: String] = [:],
    _ body: nonisolated(nonsending) (String) async throws -> Result
  ) async throws -> Result {
    let name = "test-" + UUID().uuidString.lowercased()
    let admin = try KafkaAdmin(configuration: configuration())
    do {
      try await admin.createTopic(NewTopic(name, partitions: partitions, configs: configs))
      let result = try await body(name)
      await delete(name, admin)
      return result
    } catch {
      await delete(name, admin)
      throw error
    }
  }

  /// In a task of its own, since the test's may be cancelled.
  private func delete(_ topic: String, _ admin: KafkaAdmin) async {
    await Task.detached {
      _ = try? await admin.deleteTopics([topic], deadline: .seconds(5))
      await admin.close()
    }.value
  }
}
