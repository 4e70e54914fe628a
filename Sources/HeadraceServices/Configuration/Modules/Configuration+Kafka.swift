import HeadraceCore
public import HeadraceKafka

extension Configuration {
  /// The settings of a Kafka client.
  public func kafka(
    bootstrapServers: String, preset: KafkaConfiguration.Preset = .balanced
  ) -> KafkaConfiguration {
    var configuration = KafkaConfiguration(bootstrapServers: bootstrapServers, preset: preset)
    configuration.clientID = requiredString(.kafkaClientID)
    for member in tree(.kafkaExtra)?.members ?? [] {
      configuration.extra[member.name] = member.value.string ?? member.value.text
    }
    return configuration
  }
}
