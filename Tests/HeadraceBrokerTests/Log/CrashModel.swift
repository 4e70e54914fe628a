import Testing

@testable import HeadraceBroker

/// A naive log in memory beside the real one, over starts, random work and crashes.
///
/// One thread works, so the journal's order is the order of the work; after a crash everything visible must be a
/// prefix of it that holds all that was acknowledged and all that a reader saw.
final class CrashModel {
  struct Entry: Equatable {
    var offset: Int64
    var text: String
    var producerId: Int64
    var isControl = false
    var isTransactional = false
    /// Set by the marker.
    var isAborted = false
  }

  struct Log {
    var entries: [Entry] = []
    var nextOffset: Int64 = 0
    var start: Int64 = 0
    var seenHighWatermark: Int64 = 0
    var sequence: Int32 = 0
    var transactionSequence: Int32 = 0
    var transactionStart: Int64?
    /// The idempotent producer's last batch, for a retry.
    var lastBatch: (batch: TestBatch, offset: Int64, operation: Int)?
  }

  enum Effect {
    case produced(log: Int, entries: [Entry])
    case put(key: String, value: Int)
    case started(log: Int, at: Int64)
    case ended(commit: Bool, markers: [Int: Int64])
  }

  struct Operation {
    let index: Int
    let effect: Effect
    var isAcknowledged: Bool
  }

  private(set) var disk: SimulatedDisk
  private let durability: LogStore.Durability
  private var random: SeededGenerator
  private let seed: UInt64
  private var store: LogStore
  private var partitions: [Partition] = []
  private var logs: [Log] = []
  private var operations: [Operation] = []
  private var nextIndex = 0
  private var state: [String: Int] = [:]
  private var passing: [String: Passing] = [:]
  private var gone: Set<String> = []
  private var unsettled: [(CommitTicket, Int)] = []

  init(seed: UInt64, durability: LogStore.Durability) throws {
    self.seed = seed
    self.durability = durability
    random = SeededGenerator(seed: seed)
    disk = SimulatedDisk(seed: seed)
    store = try Self.open(disk, durability)
    let names = ["a", "b"]
    for name in names { partitions += try store.createTopic(name, partitions: 2).partitions }
    logs = partitions.map { _ in Log() }
  }

  static func open(_ disk: SimulatedDisk, _ durability: LogStore.Durability) throws -> LogStore {
    var configuration = LogStore.Configuration(folder: "/data")
    configuration.fileSystem = disk
    configuration.durability = durability
    configuration.journalBytes = 48 << 10
    configuration.bulkBytes = 2500
    configuration.segmentBytes = 9000
    configuration.firstRetention = .seconds(3600)
    configuration.retentionInterval = .seconds(3600)
    configuration.cleanerInterval = .seconds(3600)
    return try LogStore(configuration: configuration)
  }

  // MARK: Work

  /// Works until the disk stops or `count` operations are done.
  func work(_ count: Int) {
    for _ in 0..<count {
      do { try step() } catch { break }
    }
    try? settle()
  }

  private func step() throws {
    switch Int.random(in: 0..<100, using: &random) {
    case 0..<35: try produce(Int.random(in: 0..<logs.count, using: &random), as: .plain)
    case 35..<55: try produce(Int.random(in: 0..<logs.count, using: &random), as: .idempotent)
    case 55..<70: try produce(Int.random(in: 0..<logs.count, using: &random), as: .transactional)
    case 70..<78: try endTransaction()
    case 78..<88: try put()
    case 88..<92: try deleteRecords(Int.random(in: 0..<logs.count, using: &random))
    case 92..<95: try look()
    case 95..<97: try store.checkpoint()
    case 97: try changeTopics()
    default: try settle()
    }
    if Bool.random(using: &random) { try settle() }
  }

  private enum Producer { case plain, idempotent, transactional }

  private func produce(_ log: Int, as producer: Producer) throws {
    let index = nextIndex
    let size = [20, 300, 1500, 4000].randomElement(using: &random)!
    let count = Int.random(in: 1...3, using: &random)
    let values = (0..<count).map {
      "\(index).\($0)" + String(repeating: "x", count: Int.random(in: 0...size, using: &random))
    }
    var batch = TestBatch(records: values.map { TestBatch.Record(value: Array($0.utf8)) })
    if Int.random(in: 0..<4, using: &random) == 0 { batch.compression = .zstd }
    switch producer {
    case .plain: break
    case .idempotent: batch = batch.from(100 + Int64(log), sequence: logs[log].sequence)
    case .transactional: batch = batch.from(500, sequence: logs[log].transactionSequence, transactional: true)
    }
    let result = try batch.bytes.withView { (view) throws(LogError) in try partitions[log].append(view) }
    #expect(result.baseOffset == logs[log].nextOffset, "seed \(seed)")
    let entries = values.enumerated().map { number, text in
      Entry(
        offset: result.baseOffset + Int64(number), text: text, producerId: batch.producerId,
        isTransactional: producer == .transactional)
    }
    note(.produced(log: log, entries: entries), result.ticket)
    switch producer {
    case .plain: break
    case .idempotent:
      logs[log].sequence += Int32(count)
      logs[log].lastBatch = (batch, result.baseOffset, index)
    case .transactional:
      logs[log].transactionSequence += Int32(count)
      if logs[log].transactionStart == nil { logs[log].transactionStart = result.baseOffset }
    }
  }

  private func endTransaction() throws {
    let index = nextIndex
    // Some partitions were added but never written to.
    let chosen = logs.indices.filter { logs[$0].transactionStart != nil || Bool.random(using: &random) }
    let commit = Bool.random(using: &random)
    let ticket = try store.endTransaction(
      partitions: chosen.map { partitions[$0] }, producerId: 500, epoch: 0, commit: commit, coordinatorEpoch: 3,
      state: [StateChange(key: Array("txn".utf8), value: Array(String(index).utf8))])
    var markers: [Int: Int64] = [:]
    for log in chosen { markers[log] = logs[log].nextOffset }
    note(.ended(commit: commit, markers: markers), ticket)
  }

  private func put() throws {
    let index = nextIndex
    let key = "k\(Int.random(in: 0..<5, using: &random))"
    let padding = String(repeating: " ", count: Int.random(in: 0..<600, using: &random))
    let ticket = try store.state.put([StateChange(key: Array(key.utf8), value: Array((String(index) + padding).utf8))])
    note(.put(key: key, value: index), ticket)
  }

  private func deleteRecords(_ log: Int) throws {
    try settle()
    guard logs[log].nextOffset > logs[log].start else { return }
    let target = Int64.random(in: logs[log].start...logs[log].nextOffset, using: &random)
    // What was detached may not be durable yet; beyond the high watermark nothing can be deleted.
    guard target > logs[log].start, target <= partitions[log].highWatermark else { return }
    note(.started(log: log, at: target), .done)
    operations[operations.count - 1].isAcknowledged = false
    unsettled = []
    #expect(try partitions[log].deleteRecords(before: target) == target)
    operations[operations.count - 1].isAcknowledged = true
  }

  /// A reader looks: what it saw must never go away.
  private func look() throws {
    for log in logs.indices {
      let mark = partitions[log].highWatermark
      logs[log].seenHighWatermark = max(logs[log].seenHighWatermark, mark)
      // The background committer may move the mark meanwhile.
      let records = try partitions[log].records(from: logs[log].start).filter { $0.offset < mark }
      #expect(
        records.map(\.text).count == logs[log].entries.filter { $0.offset >= logs[log].start && $0.offset < mark }.count
      )
    }
  }

  /// Topics that come and go beside the others.
  private func changeTopics() throws {
    if let name = passing.keys.randomElement(using: &random) {
      if Bool.random(using: &random) {
        passing[name] = .going
        try store.deleteTopic(name)
        passing[name] = nil
        gone.insert(name)
      } else if let count = passing[name]?.count {
        try #require(store.partition(name, 0)).produce(TestBatch("\(count)"))
        passing[name] = .there(count + 1)
      }
    } else {
      let name = "passing\(nextIndex).\(gone.count)"
      passing[name] = .coming
      _ = try store.createTopic(name, partitions: 1)
      passing[name] = .there(0)
    }
  }

  private enum Passing: Equatable {
    case coming
    case there(Int)
    case going

    var count: Int? { if case .there(let count) = self { count } else { nil } }
  }

  private func checkPassing() throws {
    for name in gone { #expect(store.topic(name) == nil, "seed \(seed): \(name) is back") }
    for (name, state) in passing {
      if let count = state.count {
        let texts = try #require(store.partition(name, 0), "seed \(seed): \(name) is gone").records().map(\.text)
        #expect(texts.starts(with: (0..<count).map(String.init)) && texts.count <= count + 1, "seed \(seed): \(name)")
        passing[name] = .there(texts.count)
      } else if store.topic(name) != nil {
        passing[name] = .there(try store.partition(name, 0)!.records().count)
      } else {
        passing[name] = nil
      }
    }
  }

  private func note(_ effect: Effect, _ ticket: CommitTicket) {
    operations.append(Operation(index: nextIndex, effect: effect, isAcknowledged: false))
    unsettled.append((ticket, operations.count - 1))
    nextIndex += 1
    apply(effect)
  }

  private func settle() throws {
    let tickets = unsettled
    unsettled = []
    if Int.random(in: 0..<10, using: &random) == 0 {
      for (ticket, _) in tickets { ticket.detach() }
      return
    }
    for (ticket, operation) in tickets {
      try ticket.wait(until: .after(.seconds(30)))
      operations[operation].isAcknowledged = true
    }
  }

  private func apply(_ effect: Effect) {
    switch effect {
    case .produced(let log, let entries):
      logs[log].entries += entries
      logs[log].nextOffset = entries.last!.offset + 1
    case .put(let key, let value): state[key] = value
    case .started(let log, let start): logs[log].start = start
    case .ended(let commit, let markers):
      for (log, offset) in markers {
        if let start = logs[log].transactionStart, !commit {
          for index in logs[log].entries.indices
          where logs[log].entries[index].offset >= start && logs[log].entries[index].isTransactional {
            logs[log].entries[index].isAborted = true
          }
        }
        logs[log].transactionStart = nil
        logs[log].entries.append(
          Entry(offset: offset, text: commit ? "commit" : "abort", producerId: 500, isControl: true))
        logs[log].nextOffset = offset + 1
      }
    }
  }

  // MARK: Crash and check

  /// Ends everything that still runs, loses what the crash takes, and starts again.
  func crash(_ kind: SimulatedDisk.Crash) throws {
    let calls = disk.calls
    disk.set { $0.crashAtCall = min($0.crashAtCall, calls) }
    try? store.close(deadline: .after(.seconds(10)))
    disk = disk.survivor(kind, seed: random.next())
    try reopen()
  }

  func stopCleanly() throws {
    try store.close(deadline: .never)
    for index in operations.indices { operations[index].isAcknowledged = true }
    try reopen()
  }

  private func reopen() throws {
    store = try Self.open(disk, durability)
    partitions = try ["a", "b"].flatMap { name in try #require(store.topic(name), "seed \(seed)").partitions }
    rebuild()
    try check()
    try checkPassing()
    try retry()
  }

  private func isVisible(_ effect: Effect) -> Bool {
    switch effect {
    case .produced(let log, let entries): partitions[log].highWatermark > entries.last!.offset
    case .put(let key, let value): stateValue(key) >= value
    case .started(let log, let at): partitions[log].logStartOffset >= at
    case .ended(_, let markers): markers.allSatisfy { partitions[$0.key].highWatermark > $0.value }
    }
  }

  private func stateValue(_ key: String) -> Int {
    store.state.value(Array(key.utf8)).map { Int(String(decoding: $0, as: UTF8.self).split(separator: " ")[0])! } ?? -1
  }

  /// The model becomes the prefix that is visible.
  private func rebuild() {
    let visible = operations.map { isVisible($0.effect) }
    let end = visible.lastIndex(of: true).map { $0 + 1 } ?? 0
    for (operation, isVisible) in zip(operations, visible).prefix(end) {
      #expect(
        isVisible, "seed \(seed): operation \(operation.index) is gone, a later one is there: \(operation.effect)")
    }
    for operation in operations[end...] {
      #expect(
        !operation.isAcknowledged,
        "seed \(seed): acknowledged operation \(operation.index) is gone: \(operation.effect)")
    }
    let old = logs
    logs = old.map { log in
      var fresh = Log()
      fresh.seenHighWatermark = log.seenHighWatermark
      return fresh
    }
    state = [:]
    operations.removeSubrange(end...)
    unsettled = []
    for index in operations.indices {
      // What is there after a start is durable: it may not go later either.
      operations[index].isAcknowledged = true
      if case .produced(let log, let entries) = operations[index].effect {
        if entries[0].producerId == 100 + Int64(log) { logs[log].sequence += Int32(entries.count) }
        if entries[0].producerId == 500 {
          logs[log].transactionSequence += Int32(entries.count)
          if logs[log].transactionStart == nil { logs[log].transactionStart = entries[0].offset }
        }
      }
      apply(operations[index].effect)
    }
    for log in logs.indices { logs[log].lastBatch = old[log].lastBatch }
  }

  func check() throws {
    for (log, partition) in zip(logs, partitions) {
      let place = "seed \(seed), \(partition.topicName)-\(partition.index)"
      #expect(partition.highWatermark == log.nextOffset, "\(place)")
      #expect(partition.highWatermark >= log.seenHighWatermark, "\(place): a reader saw what is gone")
      #expect(partition.logStartOffset == log.start, "\(place)")
      #expect(partition.lastStableOffset == log.transactionStart ?? log.nextOffset, "\(place)")
      let expected = log.entries.filter { $0.offset >= log.start }
      let found = try partition.records(from: log.start)
      #expect(found.map(\.offset) == expected.map(\.offset), "\(place)")
      #expect(found.filter { !$0.isControl }.map(\.text) == expected.filter { !$0.isControl }.map(\.text), "\(place)")
      let committed = try partition.committedRecords(from: log.start)
      let stable = partition.lastStableOffset
      #expect(
        committed.map(\.text) == expected.filter { !$0.isControl && !$0.isAborted && $0.offset < stable }.map(\.text),
        "\(place)")
    }
    for (key, value) in state { #expect(stateValue(key) == value, "seed \(seed)") }
  }

  /// Every idempotent producer sends its last batch again: it is there once afterwards, at one place.
  private func retry() throws {
    for log in logs.indices {
      guard let last = logs[log].lastBatch else { continue }
      let isThere = operations.contains { $0.index == last.operation }
      // An earlier batch is gone with it: a producer would send that one first.
      if !isThere, last.batch.sequence != logs[log].sequence { continue }
      let result = try partitions[log].produce(last.batch)
      #expect(result.isDuplicate == isThere, "seed \(seed)")
      if isThere {
        #expect(result.baseOffset == last.offset, "seed \(seed)")
      } else {
        #expect(result.baseOffset == logs[log].nextOffset, "seed \(seed)")
        let entries = last.batch.records.enumerated().map { number, record in
          Entry(
            offset: result.baseOffset + Int64(number), text: String(decoding: record.value!, as: UTF8.self),
            producerId: last.batch.producerId)
        }
        logs[log].sequence += Int32(entries.count)
        logs[log].lastBatch = (last.batch, result.baseOffset, nextIndex)
        note(.produced(log: log, entries: entries), result.ticket)
        try settle()
      }
    }
  }

  func close() throws { try store.close(deadline: .never) }
}

extension Partition {
  /// What a client that reads committed data hands to its application.
  func committedRecords(from: Int64) throws(LogError) -> [ReadRecord] {
    var result: [ReadRecord] = []
    var from = from
    while true {
      let read = try read(from: from, maxBytes: 1 << 30, minOneBatch: true, isolation: .readCommitted)
      let batches = try read.batches()
      guard let last = batches.last else { return result }
      var waiting = read.aborted.sorted { $0.firstOffset < $1.firstOffset }
      var aborting: Set<Int64> = []
      for batch in batches {
        while let next = waiting.first, next.firstOffset <= batch.header.lastOffset {
          aborting.insert(next.producerId)
          waiting.removeFirst()
        }
        if batch.header.isControl {
          aborting.remove(batch.header.producerId)
        } else if !(batch.header.isTransactional && aborting.contains(batch.header.producerId)) {
          result += batch.records.filter { $0.offset >= from }
        }
      }
      from = last.header.nextOffset
    }
  }
}
