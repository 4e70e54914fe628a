/// OffsetDelete: forget positions of a group.
enum OffsetDeleteAPI: WireAPI {
  static let key = APIKey.offsetDelete

  struct Request: WireStruct {
    var group: String = ""
    var topics: [Topic] = []

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&group)
      try coder.field(&topics)
    }

    typealias Topic = WireTopic<Partition>

    struct Partition: WireStruct {
      var index: Int32 = 0

      mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
        try coder.field(&index)
      }
    }
  }

  struct Response: WireStruct {
    var error: ErrorCode = .none
    var throttleMilliseconds: Int32 = 0
    var topics: [Topic] = []

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&error)
      try coder.field(&throttleMilliseconds)
      try coder.field(&topics)
    }

    typealias Topic = WireTopic<WirePartitionOutcome>
  }
}
