/// AlterPartitionReassignments: move replicas; here they have one place to be.
enum AlterPartitionReassignmentsAPI: WireAPI {
  static let key = APIKey.alterPartitionReassignments

  struct Request: WireStruct {
    var timeoutMilliseconds: Int32 = 60_000
    var mayChangeReplicationFactor: Bool = true
    var topics: [Topic] = []

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&timeoutMilliseconds)
      try coder.field(&mayChangeReplicationFactor, 1...)
      try coder.field(&topics)
    }

    typealias Topic = WireTopic<Partition>

    struct Partition: WireStruct {
      var index: Int32 = 0
      var replicas: [Int32]?

      mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
        try coder.field(&index)
        try coder.field(&replicas)
      }
    }
  }

  struct Response: WireStruct {
    var throttleMilliseconds: Int32 = 0
    var mayChangeReplicationFactor: Bool = true
    var error: ErrorCode = .none
    var message: String?
    var topics: [Topic] = []

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&throttleMilliseconds)
      try coder.field(&mayChangeReplicationFactor, 1...)
      try coder.field(&error)
      try coder.field(&message)
      try coder.field(&topics)
    }

    typealias Topic = WireTopic<Partition>

    struct Partition: WireStruct {
      var index: Int32 = 0
      var error: ErrorCode = .none
      var message: String?

      mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
        try coder.field(&index)
        try coder.field(&error)
        try coder.field(&message)
      }
    }
  }
}
