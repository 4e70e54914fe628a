/// Fetch: read batches, waiting for them if need be.
enum FetchAPI: WireAPI {
  static let key = APIKey.fetch

  struct Request: WireStruct {
    var replicaID: Int32 = -1
    var maxWaitMilliseconds: Int32 = 0
    var minBytes: Int32 = 0
    var maxBytes: Int32 = .max
    var isolationLevel: Int8 = 0
    var sessionID: Int32 = 0
    var sessionEpoch: Int32 = -1
    var topics: [Topic] = []
    var forgotten: [Forgotten] = []
    var rackID: String = ""

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&replicaID)
      try coder.field(&maxWaitMilliseconds)
      try coder.field(&minBytes)
      try coder.field(&maxBytes)
      try coder.field(&isolationLevel)
      try coder.field(&sessionID, 7...)
      try coder.field(&sessionEpoch, 7...)
      try coder.field(&topics)
      try coder.field(&forgotten, 7...)
      try coder.field(&rackID, 11...)
    }

    typealias Topic = WireTopic<Partition>

    struct Partition: WireStruct {
      var index: Int32 = 0
      var leaderEpoch: Int32 = -1
      var fetchOffset: Int64 = 0
      var logStartOffset: Int64 = -1
      var maxBytes: Int32 = 0

      mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
        try coder.field(&index)
        try coder.field(&leaderEpoch, 9...)
        try coder.field(&fetchOffset)
        try coder.field(&logStartOffset, 5...)
        try coder.field(&maxBytes)
      }
    }

    struct Forgotten: WireStruct {
      var name: String = ""
      var partitions: [Int32] = []

      mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
        try coder.field(&name)
        try coder.field(&partitions)
      }
    }
  }

  struct Response: WireStruct {
    var throttleMilliseconds: Int32 = 0
    var error: ErrorCode = .none
    var sessionID: Int32 = 0
    var topics: [Topic] = []

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&throttleMilliseconds)
      try coder.field(&error, 7...)
      try coder.field(&sessionID, 7...)
      try coder.field(&topics)
    }

    typealias Topic = WireTopic<Partition>

    struct Partition: WireStruct {
      var index: Int32 = 0
      var error: ErrorCode = .none
      var highWatermark: Int64 = -1
      var lastStableOffset: Int64 = -1
      var logStartOffset: Int64 = -1
      var aborted: [AbortedTransaction]?
      var preferredReadReplica: Int32 = -1
      var records: RecordBytes = .null

      mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
        try coder.field(&index)
        try coder.field(&error)
        try coder.field(&highWatermark)
        try coder.field(&lastStableOffset)
        try coder.field(&logStartOffset, 5...)
        try coder.field(&aborted)
        try coder.field(&preferredReadReplica, 11...)
        try coder.field(&records)
      }

      struct AbortedTransaction: WireStruct {
        var producerID: Int64 = 0
        var firstOffset: Int64 = 0

        mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
          try coder.field(&producerID)
          try coder.field(&firstOffset)
        }
      }
    }
  }
}
