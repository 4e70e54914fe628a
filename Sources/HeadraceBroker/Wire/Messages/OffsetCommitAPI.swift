/// OffsetCommit: store a group’s positions.
enum OffsetCommitAPI: WireAPI {
  static let key = APIKey.offsetCommit

  struct Request: WireStruct {
    var group: String = ""
    var generation: Int32 = -1
    var member: String = ""
    var instance: String?
    var retentionMilliseconds: Int64 = -1
    var topics: [Topic] = []

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&group)
      try coder.field(&generation)
      try coder.field(&member)
      try coder.field(&instance, 7...)
      try coder.field(&retentionMilliseconds, 2...4)
      try coder.field(&topics)
    }

    typealias Topic = WireTopic<Partition>

    struct Partition: WireStruct {
      var index: Int32 = 0
      var offset: Int64 = 0
      var leaderEpoch: Int32 = -1
      var metadata: String?

      mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
        try coder.field(&index)
        try coder.field(&offset)
        try coder.field(&leaderEpoch, 6...)
        try coder.field(&metadata)
      }
    }
  }

  struct Response: WireStruct {
    var throttleMilliseconds: Int32 = 0
    var topics: [Topic] = []

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&throttleMilliseconds, 3...)
      try coder.field(&topics)
    }

    typealias Topic = WireTopic<WirePartitionOutcome>
  }
}
