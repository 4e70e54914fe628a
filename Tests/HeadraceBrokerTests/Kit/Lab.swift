import FoundationEssentials
import HeadraceCore

@testable import HeadraceBroker

/// What a case works with: a broker, a connection, names of its own, and the calls that most cases need.
final class Lab {
  let target: TestTarget
  let client: TestClient
  /// Whether this is the embedded broker: the others are the judges.
  let isEmbedded: Bool
  private let tag = UUID().uuidString.lowercased().prefix(8)
  private var names = 0

  init(_ target: TestTarget, isEmbedded: Bool) throws {
    self.target = target
    self.isEmbedded = isEmbedded
    client = try TestClient(target)
  }

  /// Another connection.
  func connect(_ id: String = "test") throws -> TestClient { try TestClient(target, clientID: id) }

  /// A name that nobody else uses.
  func name(_ hint: String = "t") -> String {
    names += 1
    return "c-\(tag)-\(hint)\(names)"
  }

  // MARK: Topics

  /// A new topic.
  func topic(_ partitions: Int32 = 1, _ configs: [String: String] = [:]) throws -> String {
    let name = name()
    let response = try client.call(
      CreateTopicsAPI.self,
      .init(
        topics: [
          .init(
            name: name, partitions: partitions, replicationFactor: 1,
            configs: configs.map { .init(name: $0.key, value: $0.value) })
        ]))
    try demand(response.topics.first?.error, ErrorCode.none, "create \(name)")
    try eventually("topic \(name) is served") {
      try (0..<partitions).allSatisfy { partition in
        let isRead = try fetch(name, partition, from: 0, maxWait: 0, minBytes: 0).error == .none
        return try isRead && offset(name, partition, at: -1).error == .none
      }
    }
    return name
  }

  func delete(_ topic: String) throws {
    let response = try client.call(DeleteTopicsAPI.self, .init(names: [topic]))
    try demand(response.topics.first?.error, ErrorCode.none, "delete")
  }

  // MARK: Records

  /// To partition 0.
  @discardableResult
  func produce(
    _ topic: String, _ batch: ClientBatch, acks: Int16 = -1, transactionalID: String? = nil, version: Int16 = 7
  ) throws -> ProduceAPI.Response.Partition {
    try produce(topic, 0, raw: batch.bytes, acks: acks, transactionalID: transactionalID, version: version)
  }

  @discardableResult
  func produce(
    _ topic: String, _ partition: Int32, _ batch: ClientBatch, acks: Int16 = -1, transactionalID: String? = nil,
    version: Int16 = 7
  ) throws -> ProduceAPI.Response.Partition {
    try produce(topic, partition, raw: batch.bytes, acks: acks, transactionalID: transactionalID, version: version)
  }

  @discardableResult
  func produce(
    _ topic: String, _ partition: Int32 = 0, raw: [UInt8], acks: Int16 = -1, transactionalID: String? = nil,
    version: Int16 = 7
  ) throws -> ProduceAPI.Response.Partition {
    let response = try client.call(
      ProduceAPI.self, Self.produceRequest(topic, partition, raw, acks: acks, transactionalID: transactionalID),
      version: version)
    return try demanded(response.topics.first?.partitions.first, "partition in the answer")
  }

  static func produceRequest(
    _ topic: String, _ partition: Int32, _ raw: [UInt8], acks: Int16 = -1, transactionalID: String? = nil
  ) -> ProduceAPI.Request {
    .init(
      transactionalID: transactionalID, acks: acks, timeoutMilliseconds: 10_000,
      topics: [.init(name: topic, partitions: [.init(index: partition, records: .owned(raw))])])
  }

  func fetchRequest(
    _ topic: String, _ partition: Int32 = 0, from offset: Int64, maxWait: Int32 = 500, minBytes: Int32 = 1,
    maxBytes: Int32 = 50 << 20, partitionMaxBytes: Int32 = 1 << 20, committed: Bool = false
  ) -> FetchAPI.Request {
    .init(
      maxWaitMilliseconds: maxWait, minBytes: minBytes, maxBytes: maxBytes, isolationLevel: committed ? 1 : 0,
      topics: [
        .init(name: topic, partitions: [.init(index: partition, fetchOffset: offset, maxBytes: partitionMaxBytes)])
      ])
  }

  func fetch(
    _ topic: String, _ partition: Int32 = 0, from offset: Int64, maxWait: Int32 = 500, minBytes: Int32 = 1,
    maxBytes: Int32 = 50 << 20, partitionMaxBytes: Int32 = 1 << 20, committed: Bool = false, version: Int16 = 11
  ) throws -> FetchAPI.Response.Partition {
    let response = try client.call(
      FetchAPI.self,
      fetchRequest(
        topic, partition, from: offset, maxWait: maxWait, minBytes: minBytes, maxBytes: maxBytes,
        partitionMaxBytes: partitionMaxBytes, committed: committed), version: version)
    return try demanded(response.topics.first?.partitions.first, "partition in the answer")
  }

  /// The values of plain records from an offset to the end, aborted ones left out when `committed`.
  func values(_ topic: String, _ partition: Int32 = 0, from start: Int64 = 0, committed: Bool = false) throws
    -> [String]
  {
    var values: [String] = []
    var offset = start
    while true {
      let answer = try fetch(topic, partition, from: offset, maxWait: 0, minBytes: 0, committed: committed)
      try demand(answer.error, ErrorCode.none, "fetch")
      let batches = try ClientBatch.all(in: answer.records.copied ?? [])
      if batches.isEmpty { return values }
      var aborted = Dictionary(grouping: answer.aborted ?? [], by: \.producerID).mapValues {
        $0.map(\.firstOffset).sorted()
      }
      var rolledBack: Set<Int64> = []
      for batch in batches {
        let last = batch.baseOffset + Int64(batch.lastOffsetDelta ?? 0)
        if batch.isControl {
          rolledBack.remove(batch.producerID)
        } else {
          if batch.isTransactional, let first = aborted[batch.producerID]?.first, first <= batch.baseOffset {
            rolledBack.insert(batch.producerID)
            aborted[batch.producerID]?.removeFirst()
          }
          if !(batch.isTransactional && rolledBack.contains(batch.producerID)) {
            values += batch.records.filter { $0.offset >= offset }.map {
              String(decoding: $0.value ?? [], as: UTF8.self)
            }
          }
        }
        offset = max(offset, last + 1)
      }
    }
  }

  func offset(_ topic: String, _ partition: Int32 = 0, at timestamp: Int64, committed: Bool = false) throws
    -> ListOffsetsAPI.Response.Partition
  {
    let response = try client.call(
      ListOffsetsAPI.self,
      .init(
        isolationLevel: committed ? 1 : 0,
        topics: [.init(name: topic, partitions: [.init(index: partition, timestamp: timestamp)])]))
    return try demanded(response.topics.first?.partitions.first, "partition in the answer")
  }

  func end(_ topic: String, _ partition: Int32 = 0, committed: Bool = false) throws -> Int64 {
    let answer = try offset(topic, partition, at: -1, committed: committed)
    try demand(answer.error, ErrorCode.none, "list offsets")
    return answer.offset
  }

  // MARK: Waiting

  /// Asks again until something holds.
  func eventually(_ what: String, within seconds: Double = 20, line: UInt = #line, _ body: () throws -> Bool) throws {
    let end = MonotonicTime.now + .milliseconds(Int64(seconds * 1_000))
    while MonotonicTime.now < end {
      if try body() { return }
      // Between two questions; nothing is decided by how long it is.
      OSPause.milliseconds(10)
    }
    throw CaseFailure("line \(line): not in \(seconds) s: \(what)")
  }

  /// Repeats a call while the coordinator is not ready, as clients do; one that is ready answers the first time.
  @discardableResult
  func settled<Response>(_ body: () throws -> Response, _ error: (Response) -> ErrorCode) throws -> Response {
    let end = MonotonicTime.now + .seconds(30)
    while true {
      let response = try body()
      let code = error(response)
      let isPassing: [ErrorCode] = [
        .coordinatorLoadInProgress, .coordinatorNotAvailable, .notCoordinator, .concurrentTransactions,
      ]
      guard isPassing.contains(code), MonotonicTime.now < end else { return response }
      OSPause.milliseconds(20)
    }
  }
}
