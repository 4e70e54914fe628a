/// Producers and their transactions.
enum TransactionHandler {
  static func initialise(
    _ context: RequestContext, _ request: InitProducerIDAPI.Request
  ) -> InitProducerIDAPI.Response {
    let producer = context.core.transactions.initialise(
      request.transactionalID, timeout: request.timeoutMilliseconds, givenID: request.producerID,
      givenEpoch: request.producerEpoch)
    return .init(error: producer.error, producerID: producer.id, producerEpoch: producer.epoch)
  }

  /// From version 2 on these calls name the fencing of a producer by its own code.
  private static func fenced(_ context: RequestContext) -> ErrorCode {
    context.version >= 2 ? .producerFenced : .invalidProducerEpoch
  }

  static func addPartitions(
    _ context: RequestContext, _ request: AddPartitionsToTransactionAPI.Request
  ) -> AddPartitionsToTransactionAPI.Response {
    let partitions = request.topics.flatMap { topic in
      topic.partitions.map { TopicPartition(topic: topic.name, index: $0) }
    }
    let unknown = Set(partitions.filter { context.store.partition($0.topic, $0.index) == nil })
    let error =
      unknown.isEmpty
      ? context.core.transactions.add(
        partitions: partitions,
        TransactionCoordinator.Caller(
          transactionalID: request.transactionalID, producerID: request.producerID, epoch: request.producerEpoch,
          fenced: fenced(context)))
      : .operationNotAttempted
    return .init(
      topics: request.topics.map { topic in
        .init(
          name: topic.name,
          partitions: topic.partitions.map { index in
            let isUnknown = unknown.contains(TopicPartition(topic: topic.name, index: index))
            return .init(index: index, error: isUnknown ? .unknownTopicOrPartition : error)
          })
      })
  }

  static func addOffsets(
    _ context: RequestContext, _ request: AddOffsetsToTransactionAPI.Request
  ) -> AddOffsetsToTransactionAPI.Response {
    .init(
      error: context.core.transactions.add(
        group: request.group,
        TransactionCoordinator.Caller(
          transactionalID: request.transactionalID, producerID: request.producerID, epoch: request.producerEpoch,
          fenced: fenced(context))))
  }

  static func end(_ context: RequestContext, _ request: EndTransactionAPI.Request) -> EndTransactionAPI.Response {
    .init(
      error: context.core.transactions.end(
        TransactionCoordinator.Caller(
          transactionalID: request.transactionalID, producerID: request.producerID, epoch: request.producerEpoch,
          fenced: fenced(context)),
        commit: request.commit))
  }

  static func commitOffsets(
    _ context: RequestContext, _ request: TransactionOffsetCommitAPI.Request
  ) -> TransactionOffsetCommitAPI.Response {
    var commits: [GroupCoordinator.Commit] = []
    var response = TransactionOffsetCommitAPI.Response(
      topics: request.topics.map { topic in
        .init(
          name: topic.name,
          partitions: topic.partitions.map { asked in
            let (commit, error) = GroupHandler.commit(
              context, topic.name, asked.index, asked.offset, asked.leaderEpoch, asked.metadata)
            if let commit { commits.append(commit) }
            return .init(index: asked.index, error: error)
          })
      })
    let error = context.core.transactions.commit(
      request.group, member: request.member, instance: request.instance, generation: request.generation,
      TransactionCoordinator.Caller(
        transactionalID: request.transactionalID, producerID: request.producerID, epoch: request.producerEpoch),
      commits)
    guard error != .none else { return response }
    for topic in response.topics.indices {
      for partition in response.topics[topic].partitions.indices
      where response.topics[topic].partitions[partition].error != .unknownTopicOrPartition {
        response.topics[topic].partitions[partition].error = error
      }
    }
    return response
  }
}
