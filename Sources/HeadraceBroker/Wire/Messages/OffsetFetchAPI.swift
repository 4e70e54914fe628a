/// OffsetFetch: read a group’s positions.
enum OffsetFetchAPI: WireAPI {
  static let key = APIKey.offsetFetch

  struct Request: WireStruct {
    var group: String = ""
    var topics: [Topic]?
    var requireStable: Bool = false

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&group)
      try coder.field(&topics)
      try coder.field(&requireStable, 7...)
    }

    typealias Topic = WireTopic<Int32>
  }

  struct Response: WireStruct {
    var throttleMilliseconds: Int32 = 0
    var topics: [Topic] = []
    var error: ErrorCode = .none

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&throttleMilliseconds, 3...)
      try coder.field(&topics)
      try coder.field(&error, 2...)
    }

    typealias Topic = WireTopic<Partition>

    struct Partition: WireStruct {
      var index: Int32 = 0
      var offset: Int64 = -1
      var leaderEpoch: Int32 = -1
      var metadata: String?
      var error: ErrorCode = .none

      mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
        try coder.field(&index)
        try coder.field(&offset)
        try coder.field(&leaderEpoch, 5...)
        try coder.field(&metadata)
        try coder.field(&error)
      }
    }
  }
}
