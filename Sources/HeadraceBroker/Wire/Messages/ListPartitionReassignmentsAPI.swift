/// ListPartitionReassignments: replicas that are being moved; there never are any.
enum ListPartitionReassignmentsAPI: WireAPI {
  static let key = APIKey.listPartitionReassignments

  struct Request: WireStruct {
    var timeoutMilliseconds: Int32 = 60_000
    var topics: [Topic]?

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&timeoutMilliseconds)
      try coder.field(&topics)
    }

    typealias Topic = WireTopic<Int32>
  }

  struct Response: WireStruct {
    var throttleMilliseconds: Int32 = 0
    var error: ErrorCode = .none
    var message: String?
    var topics: [Topic] = []

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&throttleMilliseconds)
      try coder.field(&error)
      try coder.field(&message)
      try coder.field(&topics)
    }

    typealias Topic = WireTopic<Partition>

    struct Partition: WireStruct {
      var index: Int32 = 0
      var replicas: [Int32] = []
      var adding: [Int32] = []
      var removing: [Int32] = []

      mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
        try coder.field(&index)
        try coder.field(&replicas)
        try coder.field(&adding)
        try coder.field(&removing)
      }
    }
  }
}
