/// DeleteRecords: move the start of a partition forward.
enum DeleteRecordsAPI: WireAPI {
  static let key = APIKey.deleteRecords

  struct Request: WireStruct {
    var topics: [Topic] = []
    var timeoutMilliseconds: Int32 = 30_000

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&topics)
      try coder.field(&timeoutMilliseconds)
    }

    typealias Topic = WireTopic<Partition>

    struct Partition: WireStruct {
      var index: Int32 = 0
      var offset: Int64 = 0

      mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
        try coder.field(&index)
        try coder.field(&offset)
      }
    }
  }

  struct Response: WireStruct {
    var throttleMilliseconds: Int32 = 0
    var topics: [Topic] = []

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&throttleMilliseconds)
      try coder.field(&topics)
    }

    typealias Topic = WireTopic<Partition>

    struct Partition: WireStruct {
      var index: Int32 = 0
      var lowWatermark: Int64 = -1
      var error: ErrorCode = .none

      mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
        try coder.field(&index)
        try coder.field(&lowWatermark)
        try coder.field(&error)
      }
    }
  }
}
