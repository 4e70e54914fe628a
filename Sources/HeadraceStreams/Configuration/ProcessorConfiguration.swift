public import HeadraceCore

/// Everything that is chosen about a processor; works with a name and an input topic alone.
public struct ProcessorConfiguration: Sendable {
  // MARK: Who and what

  /// The processor's name: names its group, its journal and its metrics.
  public var name: String
  /// The topics to read; they must exist. Topics read together should have the same number of partitions.
  public var inputTopics: [String]
  /// The consumer group; every process of the group shares the partitions. Default: the name.
  public var group: String
  /// The version of the processor's logic: part of every fingerprint made by `context.fingerprint`. Default "1".
  public var version: String
  /// The cluster's id for `ce_source`; nil asks the broker at start.
  public var clusterID: String?

  // MARK: How

  /// Handlers in progress at a time. Default 64.
  public var slots: Int
  /// Which records wait for one another. Default: by key.
  public var order: ProcessingOrder
  /// How outputs and acknowledgements are joined. Default: exactly once.
  public var guarantee: ProcessingGuarantee
  /// Skip a record when a newer one of its key is already waiting. Default false.
  public var newestOfKey: Bool
  /// Where to begin without a committed offset. Default: earliest.
  public var start: StartPosition
  /// Retries and dead letters.
  public var retry: RetryPolicy
  /// How the journal is used. Default: `use`.
  public var journalMode: JournalMode

  // MARK: Times

  /// Finished work waits at most so long for the next commit to begin (unless one is still running). Where commits are
  /// quick they begin sooner, and take up to a third of the time. Default 100 ms.
  public var commitInterval: Duration
  /// A handler's deadline: then its task is cancelled, and the attempt counts as transient. Default 5 min.
  public var handlerDeadline: Duration
  /// Giving partitions back takes at most this long. Default 5 s.
  public var revokeBudget: Duration
  /// A graceful stop waits this long for handlers in progress. Default 20 s: with the last commit it stays within the
  /// 30 s that a `ServiceGroup` allows.
  public var shutdownBudget: Duration
  /// The group's session time-out: how long a dead member keeps its partitions. Default 10 s.
  public var sessionTimeout: Duration
  /// The broker gives up a transaction after this time. Default 30 s.
  public var transactionTimeout: Duration
  /// Static membership: a stable id lets a restarted process take its own place at once. Default nil.
  public var groupInstanceID: String?

  // MARK: Budgets

  /// Bytes of records in memory (waiting, in progress, waiting for a retry), over all partitions. Default 32 MiB.
  public var bufferBytes: Int
  /// Records in memory, over all partitions. Default 20,000.
  public var bufferRecords: Int
  /// Records of one key that may wait; beyond it the partition pauses. Default 5,000.
  public var recordsPerKey: Int
  /// Bytes of outputs in one transaction. Default 8 MiB.
  public var commitBytes: Int
  /// Bytes for the journal's index of results; beyond it the oldest entries are forgotten (and may be paid again by a
  /// replay). Default 64 MiB.
  public var journalIndexBytes: Int
  /// The largest record that may be written, key and headers included. Default 1,000,000 bytes (Kafka's own limit is
  /// 1,048,588 with its framing).
  public var maximumOutputBytes: Int

  // MARK: Topics

  /// The journal's topic; nil where no journal is wanted (no attempts or results survive a crash then). Default
  /// `<name>.journal`. Created when missing.
  public var journalTopic: String?
  /// Where results are looked up and written; differs from `journalTopic` in a replay. Default: the same.
  public var resultTopic: String?
  /// Suffix of dead-letter topics. Default ".dlq"; created when missing.
  public var deadLetterSuffix: String
  /// Replicas of topics that are created here; -1 is the broker's default.
  public var replicationFactor: Int
  /// The control topic, listened to for pause and resume; nil ignores it. Default nil.
  public var controlTopic: String?
  /// No call is made any more once journaled calls of this process have cost so much: records wait as for a quota, and
  /// nothing is dropped. Spend ends at most the calls in progress above it. Default nil: no cap here.
  public var spendCap: Money?
  /// The id of the replay run that this processor belongs to; nil for live work.
  public var runID: String?

  /// A configuration with the defaults above.
  public init(name: String, inputTopics: [String], group: String? = nil) {
    self.name = name
    self.inputTopics = inputTopics
    self.group = group ?? name
    version = "1"
    slots = 64
    order = .key
    guarantee = .exactlyOnce
    newestOfKey = false
    start = .earliest
    retry = RetryPolicy()
    journalMode = .use
    commitInterval = .milliseconds(100)
    handlerDeadline = .seconds(300)
    revokeBudget = .seconds(5)
    shutdownBudget = .seconds(20)
    sessionTimeout = .seconds(10)
    transactionTimeout = .seconds(30)
    bufferBytes = 32 << 20
    bufferRecords = 20_000
    recordsPerKey = 5_000
    commitBytes = 8 << 20
    journalIndexBytes = 64 << 20
    maximumOutputBytes = 1_000_000
    journalTopic = name + ".journal"
    deadLetterSuffix = ".dlq"
    replicationFactor = -1
  }

  /// Throws `ProcessorError` of code `configuration` that names the first value out of its range.
  public func validate() throws(ProcessorError) {
    func check(_ ok: Bool, _ message: String) throws(ProcessorError) {
      if !ok { throw ProcessorError(.configuration, message) }
    }
    try check(!name.isEmpty, "a processor needs a name")
    try check(!inputTopics.isEmpty, "processor \(name) reads no topic")
    try check((1...100_000).contains(slots), "slots must be 1 to 100,000, not \(slots)")
    try check(commitInterval >= .milliseconds(1), "the commit interval must be at least 1 ms")
    try check(bufferRecords >= 1, "bufferRecords must be at least 1")
    try check(bufferBytes >= 64 << 10, "bufferBytes must be at least 65,536")
    try check(recordsPerKey >= 1, "recordsPerKey must be at least 1")
    try check(retry.maximumAttempts >= 1, "maximumAttempts must be at least 1")
    try check(retry.maximumContentAttempts >= 1, "maximumContentAttempts must be at least 1")
    try check(journalMode == .off || journalTopic != nil, "journal mode \(journalMode.rawValue) needs a journal topic")
  }
}
