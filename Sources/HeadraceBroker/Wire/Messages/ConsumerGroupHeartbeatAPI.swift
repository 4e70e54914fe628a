/// ConsumerGroupHeartbeat: the new group protocol, refused as an Apache Kafka that is limited to the classic one does.
enum ConsumerGroupHeartbeatAPI: WireAPI {
  static let key = APIKey.consumerGroupHeartbeat

  struct Request: WireStruct {
    var group: String = ""
    var member: String = ""
    var memberEpoch: Int32 = 0
    var instance: String?
    var rack: String?
    var rebalanceTimeoutMilliseconds: Int32 = -1
    var topicNames: [String]?
    var topicPattern: String?
    var assignor: String?
    var owned: [Topic]?

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&group)
      try coder.field(&member)
      try coder.field(&memberEpoch)
      try coder.field(&instance)
      try coder.field(&rack)
      try coder.field(&rebalanceTimeoutMilliseconds)
      try coder.field(&topicNames)
      try coder.field(&topicPattern, 1...)
      try coder.field(&assignor)
      try coder.field(&owned)
    }

    struct Topic: WireStruct {
      var id: WireUUID = WireUUID()
      var partitions: [Int32] = []

      mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
        try coder.field(&id)
        try coder.field(&partitions)
      }
    }
  }

  struct Response: WireStruct {
    var throttleMilliseconds: Int32 = 0
    var error: ErrorCode = .none
    var message: String?
    var member: String?
    var memberEpoch: Int32 = 0
    var heartbeatIntervalMilliseconds: Int32 = 0
    var assignment: NoStruct = NoStruct()

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&throttleMilliseconds)
      try coder.field(&error)
      try coder.field(&message)
      try coder.field(&member)
      try coder.field(&memberEpoch)
      try coder.field(&heartbeatIntervalMilliseconds)
      try coder.field(&assignment)
    }
  }
}
