@testable import HeadraceBroker

extension Lab {
  /// A producer id for idempotence.
  func producerID() throws -> InitProducerIDAPI.Response {
    let answer = try settled({ try client.call(InitProducerIDAPI.self, .init(transactionalID: nil)) }, \.error)
    try demand(answer.error, .none, "InitProducerId")
    return answer
  }

  /// What InitProducerId says about a transactional id, once it says anything final.
  @discardableResult
  func initialise(
    _ id: String?, timeout: Int32 = 60_000, given: (id: Int64, epoch: Int16) = (-1, -1), version: Int16 = 4
  ) throws -> InitProducerIDAPI.Response {
    try settled(
      {
        try client.call(
          InitProducerIDAPI.self,
          .init(
            transactionalID: id, timeoutMilliseconds: timeout, producerID: given.id, producerEpoch: given.epoch),
          version: version)
      }, \.error)
  }

  /// A transactional producer.
  func transactional(_ hint: String = "x", timeout: Int32 = 60_000) throws -> Transactional {
    let id = name(hint)
    let answer = try initialise(id, timeout: timeout)
    try demand(answer.error, .none, "InitProducerId \(id)")
    return Transactional(lab: self, id: id, producerID: answer.producerID, epoch: answer.producerEpoch)
  }
}

/// A producer with a transactional id; it says exactly what it is told.
final class Transactional {
  let lab: Lab
  let id: String
  var producerID: Int64
  var epoch: Int16
  private var sequences: [String: Int32] = [:]

  init(lab: Lab, id: String, producerID: Int64, epoch: Int16) {
    self.lab = lab
    self.id = id
    self.producerID = producerID
    self.epoch = epoch
  }

  /// Adds partitions; the first error.
  @discardableResult
  func add(_ topic: String, _ partitions: [Int32] = [0], version: Int16 = 2) throws -> ErrorCode {
    let answer = try lab.settled(
      {
        try lab.client.call(
          AddPartitionsToTransactionAPI.self,
          .init(
            transactionalID: id, producerID: producerID, producerEpoch: epoch,
            topics: [.init(name: topic, partitions: partitions)]), version: version)
      }, { $0.topics.first?.partitions.first?.error ?? .none })
    return answer.topics.first?.partitions.first?.error ?? .none
  }

  /// Writes one batch, in sequence.
  @discardableResult
  func send(_ topic: String, _ partition: Int32 = 0, _ values: String...) throws
    -> ProduceAPI.Response.Partition
  {
    let place = "\(topic)/\(partition)"
    let sequence = sequences[place] ?? 0
    let batch = ClientBatch(values: values).from(producerID, epoch, sequence, transactional: true)
    let answer = try lab.produce(topic, partition, batch, transactionalID: id)
    if answer.error == .none { sequences[place] = sequence + Int32(values.count) }
    return answer
  }

  @discardableResult
  func end(commit: Bool, version: Int16 = 2) throws -> ErrorCode {
    try lab.settled(
      {
        try lab.client.call(
          EndTransactionAPI.self,
          .init(transactionalID: id, producerID: producerID, producerEpoch: epoch, commit: commit), version: version)
      }, \.error
    ).error
  }

  @discardableResult
  func addOffsets(_ group: String, version: Int16 = 2) throws -> ErrorCode {
    try lab.settled(
      {
        try lab.client.call(
          AddOffsetsToTransactionAPI.self,
          .init(transactionalID: id, producerID: producerID, producerEpoch: epoch, group: group), version: version)
      }, \.error
    ).error
  }

  /// Commits one offset within the transaction; its error.
  @discardableResult
  func commit(
    _ group: String, _ topic: String, _ partition: Int32 = 0, _ offset: Int64, metadata: String? = nil,
    generation: Int32 = -1, member: String = "", instance: String? = nil, version: Int16 = 3
  ) throws -> ErrorCode {
    let answer = try lab.settled(
      {
        try lab.client.call(
          TransactionOffsetCommitAPI.self,
          .init(
            transactionalID: id, group: group, producerID: producerID, producerEpoch: epoch, generation: generation,
            member: member, instance: instance,
            topics: [.init(name: topic, partitions: [.init(index: partition, offset: offset, metadata: metadata)])]),
          version: version)
      }, { $0.topics.first?.partitions.first?.error ?? .none })
    return answer.topics.first?.partitions.first?.error ?? .none
  }
}
