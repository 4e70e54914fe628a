public import HeadraceKafka

/// How a ``DocumentEnricher`` works.
public struct EnricherConfiguration: Sendable {
  /// The log.
  public var kafka: KafkaConfiguration
  /// Documents worked on at one time. Default 16: a hosted model answers that many; a local one queues them itself.
  public var slots = 16
  /// The most tokens of a document in one call. Default 850: 3,000 to 3,500 characters, what small models read well.
  public var chunkTokens = 850
  /// The most calls for one document. Default 12: with a local model about two minutes. What does not fit is left out, and
  /// the event says so.
  public var maximumCalls = 12
  /// The route to ask; nil for the client's default.
  public var route: String?
  /// The model to ask, whatever the router would say; nil leaves it to the route.
  public var model: String?
  /// The consumer group. Default `enricher`.
  public var group: String?
  /// The longest a finished document waits for its commit; while commits are quick they follow sooner. Default 100 ms.
  public var commitInterval: Duration = .milliseconds(100)
  /// Attempts that count before a document is a dead letter. Default 5.
  public var maximumAttempts = 5
  /// How long one attempt at a document may take. Default 30 min: twelve calls of a small machine's model, with others
  /// before them.
  public var documentDeadline: Duration = .seconds(1800)
  /// How long a graceful end waits for documents in work: their calls are paid for. Default 25 s.
  public var shutdownBudget: Duration = .seconds(25)
  /// Keeps the place in the group over a restart, so that a restart takes up its own partitions at once; nil for members
  /// that come and go.
  public var groupInstanceID: String?
  /// The version of what the enricher does; part of every call's fingerprint. A change makes replays ask again.
  public var version = "1"

  /// The defaults.
  public init(kafka: KafkaConfiguration) {
    self.kafka = kafka
  }
}
