internal import FoundationEssentials
internal import HeadraceCore
internal import HeadraceKafka
internal import HeadraceTelemetry
internal import Synchronization

/// Follows the document topics and keeps what they say in SQLite.
///
/// It reads *all* partitions by assignment, in no consumer group, so every gateway has a whole view of its own. Rows and
/// positions change in one transaction. It can be deleted at any time and is made again from the log.
final class DocumentView: Sendable {
  let signals = ViewSignals()

  private let path: String
  private let kafka: KafkaConfiguration
  private let progressRetention: Duration
  private let logger = Logger(label: "headrace.documents.view")
  private let state = Mutex(State())

  private struct State {
    var store: ViewStore?
    var log: Log?
    /// Partitions whose end, as of the start, has not been passed.
    var behind: Set<TopicPartition> = []
    var isReady = false
    var problem: String? = "it has not started"
  }

  /// The log that the view follows.
  struct Log: Sendable {
    var clusterID: String
    /// Partitions of `document.uploads`, and by that of the others.
    var partitions: Int32
    var admin: KafkaAdmin
  }

  static let topics = [PlatformTopics.uploads, PlatformTopics.metadata, PlatformTopics.progress]

  /// The partitions have changed: start again.
  private struct PartitionsChanged: Error {}

  init(path: String, kafka: KafkaConfiguration, progressRetention: Duration) {
    self.path = path
    self.kafka = kafka
    self.progressRetention = progressRetention
  }

  // MARK: Following

  /// Follows the log until cancelled or shut down. What fails is tried again; it is never given up.
  func run() async throws {
    let store = try await ViewStore.open(path: path)
    state.withLock { $0.store = store }
    let backoff = BackoffPolicy(initial: .milliseconds(100), maximum: .seconds(5))
    var attempt = 0
    while !Task.isCancelled, !isShuttingDownGracefully {
      do {
        try await follow(store) { attempt = 0 }
      } catch is CancellationError {
        break
      } catch is PartitionsChanged {
        logger.notice("partitions were added: the view takes them up")
        continue
      } catch {
        attempt += 1
        state.withLock { $0.problem = "\(error)" }
        logger.warning("the view can't follow the log and tries again: \(error)", ["attempt": "\(attempt)"])
        try? await Task.sleep(for: backoff.delay(afterAttempt: min(attempt, 20)))
      }
    }
    let log = state.withLock { state -> Log? in
      state.store = nil
      state.isReady = false
      state.problem = "it has stopped"
      return state.log.take()
    }
    await log?.admin.close()
    await store.close()
  }

  private func follow(_ store: ViewStore, started: () -> Void) async throws {
    let log = try await meet(store)
    var configuration = kafka
    configuration.consumer.groupID = nil
    configuration.consumer.isolation = .readCommitted
    configuration.consumer.startWhenNoOffset = .fail
    configuration.consumer.reportsPartitionEnd = true
    configuration.consumer.fetchMaximumWait = .milliseconds(200)
    configuration.consumer.queuedBytes = 16 << 20
    let consumer = try KafkaConsumer(configuration: configuration)
    do {
      let positions = signals.positions
      // Asked for first, a client knows the leaders when it is assigned; otherwise it may wait a second for them.
      for topic in DocumentView.topics {
        _ = try await consumer.watermarks(of: TopicPartition(topic, 0), deadline: .seconds(10))
      }
      try await consumer.assign(
        positions.sorted { $0.key < $1.key }.map { PartitionStart($0.key, .at($0.value)) })
      started()
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { [self] in
          while let batch = try await consumer.nextBatch() { try await take(batch, into: store) }
        }
        group.addTask { [self] in try await keepHouse(store, log: log) }
        group.addTask { try await gracefulShutdown() }
        try await group.next()
        group.cancelAll()
      }
    } catch {
      _ = await consumer.close(deadline: .seconds(2))
      throw error
    }
    _ = await consumer.close(deadline: .seconds(2))
  }

  /// Compares the view's place with the log, and begins anew where they disagree.
  private func meet(_ store: ViewStore) async throws -> Log {
    let admin = try state.withLock { try $0.log?.admin ?? KafkaAdmin(configuration: kafka) }
    let log: Log
    let plan: ViewPlan
    let marks: [TopicPartition: Watermarks]
    do {
      let clusterID = try await admin.cluster().clusterID
      let partitions = try await partitions(admin)
      marks = try await admin.watermarks(of: partitions)
      plan = ViewPlan.decide(stored: try await store.origin(), clusterID: clusterID, log: marks)
      log = Log(
        clusterID: clusterID, partitions: Int32(partitions.count { $0.topic == PlatformTopics.uploads }), admin: admin)
    } catch {
      if state.withLock({ $0.log == nil }) { await admin.close() }
      throw error
    }
    switch plan {
    case .resume(let begun): try await store.begin(begun)
    case .rebuild(let reason, let from):
      logger.notice("the view is made anew from the log: \(reason)")
      try await store.reset(clusterID: log.clusterID)
      try await store.begin(from)
    }
    let positions = try await store.origin().positions.mapValues(\.next)
    signals.set(positions)
    state.withLock { state in
      state.log = log
      state.problem = nil
      state.behind = Set(marks.filter { positions[$0.key] ?? 0 < $0.value.high }.keys)
      state.isReady = state.behind.isEmpty
      if !state.isReady { state.problem = "it reads \(state.behind.count) partitions to their ends" }
    }
    return log
  }

  private func partitions(_ admin: KafkaAdmin) async throws -> [TopicPartition] {
    let descriptions = try await admin.describeTopics(DocumentView.topics)
    for description in descriptions { if let error = description.error { throw error } }
    let missing = DocumentView.topics.filter { name in !descriptions.contains { $0.name == name } }
    guard missing.isEmpty else {
      throw DocumentError(
        .logUnavailable, "There is no topic \(missing.joined(separator: ", ")): run `headrace topics init`.")
    }
    return descriptions.flatMap { topic in topic.partitions.map { TopicPartition(topic.name, $0.id) } }
  }

  private func take(_ batch: KafkaBatch, into store: ViewStore) async throws {
    for error in batch.errors where !error.isRetriable { throw error }
    var records: [ViewRecord] = []
    for record in batch {
      do {
        records.append(try ViewRecord(record))
      } catch {
        logger.warning("a record is passed over: \(error)", ["record": record.coordinate.description])
      }
    }
    var positions: [TopicPartition: Int64] = [:]
    for place in batch.nextOffsets + batch.partitionEnds {
      positions[place.topicPartition] = max(place.offset, positions[place.topicPartition] ?? 0)
    }
    let ends = batch.partitionEnds.map(\.topicPartition)
    guard !records.isEmpty || positions.contains(where: { signals.positions[$0.key] ?? 0 < $0.value }) else {
      passed(ends)
      return
    }
    let changed = try await applying(records, positions, to: store)
    signals.advance(positions, changed: changed)
    passed(ends)
  }

  /// Applies a batch; where the disk is full or busy it waits, holds the batch, and says so.
  private func applying(
    _ records: [ViewRecord], _ positions: [TopicPartition: Int64], to store: ViewStore
  ) async throws -> Set<DocumentID> {
    let backoff = BackoffPolicy(initial: .milliseconds(50), maximum: .seconds(5))
    var attempt = 0
    while true {
      do {
        let changed = try await store.apply(records, positions: positions)
        if attempt > 0 {
          logger.notice("the view can be written again")
          state.withLock { $0.problem = nil }
        }
        return changed
      } catch {
        guard (error as? any ClassifiedError)?.failureClass == .transient else { throw error }
        attempt += 1
        state.withLock { $0.problem = "it can't be written: \(error)" }
        logger.warning("the view can't be written and tries again: \(error)", ["attempt": "\(attempt)"])
        try await Task.sleep(for: backoff.delay(afterAttempt: min(attempt, 20)))
      }
    }
  }

  private func passed(_ ends: [TopicPartition]) {
    let isNewlyReady = state.withLock { state -> Bool in
      guard !state.isReady else { return false }
      state.behind.subtract(ends)
      guard state.behind.isEmpty else { return false }
      state.isReady = true
      state.problem = nil
      return true
    }
    if isNewlyReady { logger.info("the view has reached the end of the log") }
  }

  /// Looks for new partitions, and drops steps that have expired.
  private func keepHouse(_ store: ViewStore, log: Log) async throws {
    var round = 0
    while true {
      try await Task.sleep(for: .seconds(30))
      round += 1
      if let now = try? await partitions(log.admin), now.count != signals.positions.count { throw PartitionsChanged() }
      if round % 20 == 1 {
        try? await store.dropProgress(before: Date.now.addingTimeInterval(-progressRetention.seconds).milliseconds)
      }
    }
  }

  // MARK: For readers

  /// The store and the log.
  ///
  /// - Throws: ``DocumentError/Code/viewBehind`` before the first meeting with the log.
  func open() throws -> (store: ViewStore, log: Log) {
    try state.withLock { state in
      guard let store = state.store, let log = state.log else {
        throw DocumentError(.viewBehind, "The view is not there yet: \(state.problem ?? "it starts").")
      }
      return (store, log)
    }
  }

  /// Whether the view has read all that was in the log when it started, and what stands in the way.
  var status: (isReady: Bool, problem: String?) { state.withLock { ($0.isReady && $0.problem == nil, $0.problem) } }

  /// Waits until the view has passed the end that the partition has now.
  ///
  /// - Returns: False when the time has come first.
  func catchUp(_ partition: TopicPartition, until deadline: ContinuousClock.Instant) async throws -> Bool {
    let (_, log) = try open()
    let left = deadline - .now
    guard left > .zero else { return false }
    guard let end = try await log.admin.watermarks(of: [partition], deadline: left)[partition]?.high else {
      return false
    }
    return await signals.wait(for: partition, toReach: end, until: deadline)
  }
}
