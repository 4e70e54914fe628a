internal import HeadraceCore
internal import HeadraceTelemetry

/// Produce: check, append, wait until it is safe, answer.
enum ProduceHandler {
  static func handle(
    _ context: RequestContext, _ reader: inout WireReader, release: () -> Void
  ) throws(WireError) -> RequestDispatcher.Outcome {
    var request = ProduceAPI.Request()
    try request.code(&reader)
    guard (-1...1).contains(request.acks) else {
      return .answer(
        try Answer(ProduceAPI.failure(request, .invalidRequiredAcks), to: context.header, key: .produce))
    }
    var response = ProduceAPI.Response()
    var tickets: [(topic: Int, partition: Int, ticket: CommitTicket)] = []
    var hasFailed = false
    for (topicIndex, topic) in request.topics.enumerated() {
      var answers: [ProduceAPI.Response.Partition] = []
      answers.reserveCapacity(topic.partitions.count)
      for partition in topic.partitions {
        var answer = ProduceAPI.Response.Partition(index: partition.index)
        switch append(context, request, topic.name, partition) {
        case .success(let result):
          answer.baseOffset = result.baseOffset
          answer.logAppendTime = result.logAppendTime
          answer.logStartOffset = result.logStartOffset
          tickets.append((topicIndex, answers.count, result.ticket))
        case .failure(let error):
          answer.error = error.code
          hasFailed = true
        }
        answers.append(answer)
      }
      response.topics.append(.init(name: topic.name, partitions: answers))
    }
    release()
    guard request.acks == -1 else {
      for entry in tickets { entry.ticket.detach() }
      if request.acks == 0 { return hasFailed ? .close : .silence }
      return .answer(try Answer(response, to: context.header, key: .produce))
    }
    let deadline = Deadline.after(.milliseconds(Int64(max(request.timeoutMilliseconds, 1_000))))
    for entry in tickets {
      do throws(LogError) {
        try entry.ticket.wait(until: deadline)
      } catch {
        response.topics[entry.topic].partitions[entry.partition] = .init(
          index: response.topics[entry.topic].partitions[entry.partition].index, error: ErrorCode(rawValue: error.code))
      }
    }
    return .answer(try Answer(response, to: context.header, key: .produce))
  }

  private static func append(
    _ context: RequestContext, _ request: ProduceAPI.Request, _ topic: String,
    _ data: ProduceAPI.Request.Partition
  ) -> Result<AppendResult, ErrorCodeError> {
    func failure(_ code: ErrorCode) -> Result<AppendResult, ErrorCodeError> { .failure(ErrorCodeError(code: code)) }
    guard let partition = context.store.partition(topic, data.index) else { return failure(.unknownTopicOrPartition) }
    guard case .borrowed(let batch) = data.records else { return failure(.invalidRecord) }
    func appendNow() -> Result<AppendResult, ErrorCodeError> {
      do throws(LogError) {
        return .success(unsafe try partition.append(batch: batch, zstdAllowed: context.version >= 7))
      } catch {
        context.core.logger.debug(
          "batch refused",
          ["topic": topic, "partition": "\(data.index)", "code": "\(error.code)", "error": error.message])
        return failure(ErrorCode(rawValue: error.code))
      }
    }
    guard let header = unsafe RecordBatchHeader(batch), header.magic == 2, header.isTransactional else {
      return appendNow()
    }
    guard let id = request.transactionalID else { return failure(.transactionalIDAuthorizationFailed) }
    let caller = TransactionCoordinator.Caller(
      transactionalID: id, producerID: header.producerId, epoch: header.producerEpoch)
    return context.core.transactions
      .append(TopicPartition(topic: topic, index: data.index), caller, appendNow)
      .flatMap { $0 }
  }
}
