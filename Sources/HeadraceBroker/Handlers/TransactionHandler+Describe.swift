/// Questions about transactions.
extension TransactionHandler {
  static func list(
    _ context: RequestContext, _ request: ListTransactionsAPI.Request
  ) -> ListTransactionsAPI.Response {
    let now = WallClock.milliseconds()
    let machines = context.core.transactions.machines().filter { machine in
      (request.states.isEmpty || request.states.contains(machine.phase.kafkaName))
        && (request.producerIDs.isEmpty || request.producerIDs.contains(machine.producerID))
        // What has nothing open began at -1, long ago: Kafka lets it pass.
        && (request.minimumMilliseconds <= 0 || now - machine.startedAt > request.minimumMilliseconds)
    }
    return .init(
      unknownStates: request.states.filter { !TransactionMachine.Phase.allKafkaNames.contains($0) },
      transactions: machines.map {
        .init(transactionalID: $0.id, producerID: $0.producerID, state: $0.phase.kafkaName)
      })
  }

  static func describe(
    _ context: RequestContext, _ request: DescribeTransactionsAPI.Request
  ) -> DescribeTransactionsAPI.Response {
    .init(
      transactions: request.transactionalIDs.distinct(by: \.self).map { id in
        guard !id.isEmpty else { return .init(error: .invalidRequest, transactionalID: id) }
        guard let machine = context.core.transactions.withEntry(id, { $0.machine }) else {
          return .init(error: .transactionalIDNotFound, transactionalID: id)
        }
        var topics: [DescribeTransactionsAPI.Response.Transaction.Topic] = []
        for partition in machine.partitions.sorted() {
          if topics.last?.name != partition.topic { topics.append(.init(name: partition.topic)) }
          topics[topics.count - 1].partitions.append(partition.index)
        }
        return .init(
          transactionalID: id, state: machine.phase.kafkaName, timeoutMilliseconds: machine.timeout,
          startedAt: machine.startedAt, producerID: machine.producerID, producerEpoch: machine.epoch, topics: topics)
      })
  }

  static func describeProducers(
    _ context: RequestContext, _ request: DescribeProducersAPI.Request
  ) -> DescribeProducersAPI.Response {
    .init(
      topics: request.topics.distinct(by: \.name).map { topic in
        .init(
          name: topic.name,
          partitions: topic.partitions.distinct(by: \.self).map { index in
            guard let partition = context.store.partition(topic.name, index) else {
              return .init(index: index, error: .unknownTopicOrPartition, message: "There is no such partition.")
            }
            return .init(
              index: index,
              producers: partition.knownProducers().map { id, entry in
                .init(
                  id: id, epoch: Int32(entry.epoch), lastSequence: entry.batches.last?.lastSequence ?? -1,
                  lastTimestamp: entry.lastUsed, coordinatorEpoch: 0, transactionStart: entry.transactionStart ?? -1)
              })
          })
      })
  }
}

extension TransactionMachine.Phase {
  /// What Kafka calls it. Its states between decision and markers do not exist here.
  fileprivate var kafkaName: String {
    switch self {
    case .empty: "Empty"
    case .ongoing: "Ongoing"
    case .committed: "CompleteCommit"
    case .aborted: "CompleteAbort"
    }
  }

  fileprivate static let allKafkaNames: Set<String> = [
    "Empty", "Ongoing", "PrepareCommit", "PrepareAbort", "CompleteCommit", "CompleteAbort", "Dead",
    "PrepareEpochFence",
  ]
}
