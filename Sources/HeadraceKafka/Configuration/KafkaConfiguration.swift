public import HeadraceTelemetry

/// How to reach Kafka and how to behave there: one value for producers, consumers and admin clients.
///
/// ```swift
/// var configuration = KafkaConfiguration(bootstrapServers: "broker-1:9092,broker-2:9092", preset: .latency)
/// configuration.security = .saslTLS(.scramSHA512(username: "orders", password: secret), .init())
/// configuration.consumer.groupID = "billing"
/// ```
///
/// Everything that matters has a Swift type and a unit; ``extra`` passes any other librdkafka property through and wins over
/// the typed ones. Wrong values fail in ``validate()``, which every client's initialiser calls before anything connects,
/// with an error that names the key. Secrets are never printed: ``description`` shows `[secret]` in their place.
public struct KafkaConfiguration: Sendable {
  /// Addresses to start from, `host:port`; the client learns the rest of the cluster from any of them.
  public var bootstrapServers: [String]
  /// The name that broker logs and quotas show. Default `headrace`.
  public var clientID: String = "headrace"
  /// TLS and authentication. Default: neither.
  public var security: KafkaSecurity = .plaintext
  /// What producers use.
  public var producer = Producer()
  /// What consumers use.
  public var consumer = Consumer()
  /// How often statistics are made. Default `nil`: never, since collecting them costs some CPU in large clusters.
  /// They go to ``onStatistics`` and, as metrics, to ``metrics``.
  public var statisticsInterval: Duration?
  /// Gets librdkafka's statistics as typed values, on a thread of the client; must return soon.
  public var onStatistics: (@Sendable (KafkaStatistics) -> Void)?
  /// Gets errors that belong to no call (a broker is unreachable, a fatal state), on a thread of the client; must return
  /// soon. They are logged in any case.
  public var onError: (@Sendable (KafkaError) -> Void)?
  /// Where librdkafka's log lines and our own go.
  public var logger = Logger(label: "headrace.kafka")
  /// Where counters and gauges are registered.
  public var metrics = MetricsRegistry.shared
  /// librdkafka's debug contexts, for example `["broker", "cgrp"]`; see its documentation of `debug`. Default: none.
  public var debugContexts: [String] = []
  /// How long a connection may take. Default 30 s.
  public var connectionTimeout: Duration = .seconds(30)
  /// librdkafka properties by name. They win over the typed ones, are checked by librdkafka, and topic properties may be
  /// among them.
  public var extra: [String: String] = [:]

  /// A configuration for the given brokers.
  ///
  /// - Parameters:
  ///   - bootstrapServers: `host:port`, several separated by commas.
  ///   - preset: what to tune for; see ``Preset``.
  public init(bootstrapServers: String, preset: Preset = .balanced) {
    self.bootstrapServers = bootstrapServers.split(separator: ",").map { part in
      let end = part.reversed().drop(while: \.isWhitespace).count
      return String(part.prefix(end).drop(while: \.isWhitespace))
    }
    apply(preset)
  }

  /// Checks values without connecting. What takes more than the values (files of certificates, two values that exclude each other in
  /// librdkafka) is checked when a client is made.
  ///
  /// - Throws: ``KafkaError`` with the code ``KafkaError/Code/configuration``, which names the key.
  public func validate() throws(KafkaError) {
    try checkTypedValues()
    for role in [ClientRole.producer, .consumer] {
      _ = try ClientSettings(properties: properties(for: role))
    }
  }
}

extension KafkaConfiguration: CustomStringConvertible {
  /// The properties of producer and consumer, secrets masked.
  public var description: String {
    let shown = (properties(for: .producer) + properties(for: .consumer)).map { property in
      "\(property.name)=\(property.isSecret ? "[secret]" : property.value)"
    }
    return Set(shown).sorted().joined(separator: " ")
  }
}
