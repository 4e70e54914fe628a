extension KafkaConfiguration {
  /// What producers use.
  public struct Producer: Sendable {
    /// Who must have a record before it counts as delivered. Default: all in-sync replicas.
    public var acks: Acks = .all
    /// No duplicates and no gaps from retries within one producer's life. Default `true`; needs ``acks`` `.all`.
    public var idempotent: Bool = true
    /// How long a record may wait for company. Default 5 ms: halves the requests of a busy producer; 0 for awaited sends.
    public var linger: Duration = .milliseconds(5)
    /// Compression of record batches. Default: none.
    public var compression: Compression = .none
    /// The codec's level; `nil` for its default. gzip 0–9, lz4 0–12, zstd 0–12.
    public var compressionLevel: Int?
    /// The largest batch, in bytes before compression. Default 1 MB (librdkafka's); never above ``maximumRecordBytes``, and to be kept below the
    /// topics' `max.message.bytes`: a batch that the broker finds too large fails as a whole.
    public var batchBytes: Int = 1_000_000
    /// The largest batch, in records. Default 10,000 (librdkafka's).
    public var batchRecords: Int = 10_000
    /// Records that may wait in memory, over all partitions; `enqueue` and `send` wait when there are more. Default 100,000.
    public var bufferRecords: Int = 100_000
    /// Bytes that may wait in memory; rounded up to KiB. Default 128 MiB.
    public var bufferBytes: Int = 128 << 20
    /// The largest record, in bytes. Default 1 MB; the topic's `max.message.bytes` must allow it too.
    public var maximumRecordBytes: Int = 1_000_000
    /// How long a record may take from enqueueing to its acknowledgement, retries included. Default 5 minutes. Transactional
    /// producers use their ``transactionTimeout`` when that is shorter.
    public var deliveryTimeout: Duration = .seconds(300)
    /// How long one request may take at the broker. Default 30 s.
    public var requestTimeout: Duration = .seconds(30)
    /// How often one record batch is sent again within ``deliveryTimeout``. Default: without limit.
    public var retries: Int = Int(Int32.max)
    /// Which partition a record without one goes to. Default ``Partitioner/murmur2Random``: as Java's clients place keys.
    public var partitioner: Partitioner = .murmur2Random
    /// Makes the producer transactional. One running producer an id: a second one fences the first.
    public var transactionalID: String?
    /// How long a transaction may be open before the broker aborts it and fences its producer. Default 60 s; at most the
    /// broker's `transaction.max.timeout.ms` (15 minutes).
    public var transactionTimeout: Duration = .seconds(60)
    /// After a fatal error, put a new client in the place of the dead one at the next call instead of failing for ever.
    /// Records that were under way are reported as failed first. A transactional producer runs `initTransactions` again by
    /// itself, **except** when it was fenced: then another has taken over, and it stays dead. Default `false`.
    public var recreatesAfterFatal: Bool = false
    /// Whether records written inside a span carry its context in the header `traceparent`, and awaited sends are spans of their
    /// own. Default `true`; costs nothing outside of spans.
    public var propagatesTraces: Bool = true
    /// Hears of every enqueued record that was not delivered, on a thread of the client; must return soon. Records whose
    /// delivery is awaited report there instead.
    public var onDeliveryFailure: (@Sendable (DeliveryFailure) -> Void)?

    /// The defaults.
    public init() {}
  }

  /// Who must have a record before it counts as delivered.
  public enum Acks: String, Sendable, CaseIterable {
    /// Nobody: the offset of a delivery is unknown, and losses are silent.
    case none = "0"
    /// The partition's leader.
    case leader = "1"
    /// Every replica that is in sync.
    case all
  }

  /// How record batches are compressed.
  public enum Compression: String, Sendable, CaseIterable {
    /// Not at all.
    case none
    /// gzip: small, slow, understood everywhere.
    case gzip
    /// snappy: fast.
    case snappy
    /// lz4: fast.
    case lz4
    /// Zstandard: small and fast.
    case zstd
  }
}
