@testable import HeadraceBroker

extension Lab {
  /// Commits an offset of partition 0 as no member of the group.
  func commit(_ group: String, _ topic: String, _ offset: Int64, metadata: String? = "", version: Int16 = 7) throws
    -> ErrorCode
  {
    try commit(group, topic, 0, offset, metadata: metadata, version: version)
  }

  /// Commits an offset as no member of the group.
  func commit(
    _ group: String, _ topic: String, _ partition: Int32, _ offset: Int64, metadata: String? = "",
    version: Int16 = 7
  ) throws -> ErrorCode {
    let answer = try settled(
      {
        try client.call(
          OffsetCommitAPI.self,
          .init(
            group: group,
            topics: [.init(name: topic, partitions: [.init(index: partition, offset: offset, metadata: metadata)])]),
          version: version)
      }, { $0.topics[0].partitions[0].error })
    return answer.topics[0].partitions[0].error
  }

  func committed(
    _ group: String, _ topic: String, _ partition: Int32 = 0, stable: Bool = false, version: Int16 = 7
  ) throws -> OffsetFetchAPI.Response.Partition {
    let answer = try settled(
      {
        try client.call(
          OffsetFetchAPI.self,
          .init(group: group, topics: [.init(name: topic, partitions: [partition])], requireStable: stable),
          version: version)
      }, { $0.error })
    return try demanded(answer.topics.first?.partitions.first, "partition in the answer")
  }
}
