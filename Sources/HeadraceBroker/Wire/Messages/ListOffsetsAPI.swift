/// ListOffsets: the ends of a partition, or the first record at or after a time.
enum ListOffsetsAPI: WireAPI {
  static let key = APIKey.listOffsets

  struct Request: WireStruct {
    var replicaID: Int32 = -1
    var isolationLevel: Int8 = 0
    var topics: [Topic] = []

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&replicaID)
      try coder.field(&isolationLevel, 2...)
      try coder.field(&topics)
    }

    typealias Topic = WireTopic<Partition>

    struct Partition: WireStruct {
      var index: Int32 = 0
      var leaderEpoch: Int32 = -1
      var timestamp: Int64 = 0

      mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
        try coder.field(&index)
        try coder.field(&leaderEpoch, 4...)
        try coder.field(&timestamp)
      }
    }
  }

  struct Response: WireStruct {
    var throttleMilliseconds: Int32 = 0
    var topics: [Topic] = []

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&throttleMilliseconds, 2...)
      try coder.field(&topics)
    }

    typealias Topic = WireTopic<Partition>

    struct Partition: WireStruct {
      var index: Int32 = 0
      var error: ErrorCode = .none
      var timestamp: Int64 = -1
      var offset: Int64 = -1
      var leaderEpoch: Int32 = -1

      mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
        try coder.field(&index)
        try coder.field(&error)
        try coder.field(&timestamp)
        try coder.field(&offset)
        try coder.field(&leaderEpoch, 4...)
      }
    }
  }
}
