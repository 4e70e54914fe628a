/// Offsets of partitions: asking for them, and moving the first one.
enum LogHandler {
  static func listOffsets(_ context: RequestContext, _ request: ListOffsetsAPI.Request) -> ListOffsetsAPI.Response {
    let isolation: Isolation = request.isolationLevel == 1 ? .readCommitted : .readUncommitted
    return .init(
      topics: request.topics.map { topic in
        .init(
          name: topic.name,
          partitions: topic.partitions.map { asked in
            var answer = ListOffsetsAPI.Response.Partition(index: asked.index)
            guard let partition = context.store.partition(topic.name, asked.index) else {
              answer.error = .unknownTopicOrPartition
              return answer
            }
            guard asked.leaderEpoch <= 0 else {
              answer.error = .unknownLeaderEpoch
              return answer
            }
            do throws(LogError) {
              try find(asked.timestamp, isolation, version: context.version, in: partition, &answer)
            } catch {
              answer.error = ErrorCode(rawValue: error.code)
            }
            return answer
          })
      })
  }

  private static func find(
    _ timestamp: Int64, _ isolation: Isolation, version: Int16, in partition: Partition,
    _ answer: inout ListOffsetsAPI.Response.Partition
  ) throws(LogError) {
    switch timestamp {
    case -1:
      answer.offset = partition.endOffset(isolation)
      answer.leaderEpoch = 0
    case -2:
      answer.offset = partition.logStartOffset
      answer.leaderEpoch = 0
    case -3 where version >= 7:
      guard let found = try partition.offsetOfMaxTimestamp() else { return }
      answer.offset = found.offset
      answer.timestamp = found.timestamp
      answer.leaderEpoch = 0
    case ..<(-2):
      // Later versions of the protocol gave these a meaning.
      answer.error = .unsupportedVersion
    default:
      guard let found = try partition.offset(forTimestamp: timestamp, isolation: isolation) else { return }
      answer.offset = found.offset
      answer.timestamp = found.timestamp
      answer.leaderEpoch = 0
    }
  }

  static func deleteRecords(
    _ context: RequestContext, _ request: DeleteRecordsAPI.Request
  ) -> DeleteRecordsAPI.Response {
    .init(
      topics: request.topics.map { topic in
        .init(
          name: topic.name,
          partitions: topic.partitions.map { asked in
            guard let partition = context.store.partition(topic.name, asked.index) else {
              return .init(index: asked.index, error: .unknownTopicOrPartition)
            }
            do throws(LogError) {
              return .init(index: asked.index, lowWatermark: try partition.deleteRecords(before: asked.offset))
            } catch {
              return .init(index: asked.index, error: ErrorCode(rawValue: error.code))
            }
          })
      })
  }
}
