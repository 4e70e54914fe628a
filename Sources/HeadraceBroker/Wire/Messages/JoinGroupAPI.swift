/// JoinGroup: become or stay a member.
enum JoinGroupAPI: WireAPI {
  static let key = APIKey.joinGroup

  struct Request: WireStruct {
    var group: String = ""
    var sessionTimeoutMilliseconds: Int32 = 0
    var rebalanceTimeoutMilliseconds: Int32 = -1
    var member: String = ""
    var instance: String?
    var protocolType: String = ""
    var protocols: [Offer] = []

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&group)
      try coder.field(&sessionTimeoutMilliseconds)
      try coder.field(&rebalanceTimeoutMilliseconds, 1...)
      try coder.field(&member)
      try coder.field(&instance, 5...)
      try coder.field(&protocolType)
      try coder.field(&protocols)
    }

    struct Offer: WireStruct {
      var name: String = ""
      var metadata: WireBytes = WireBytes()

      mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
        try coder.field(&name)
        try coder.field(&metadata)
      }
    }
  }

  struct Response: WireStruct {
    var throttleMilliseconds: Int32 = 0
    var error: ErrorCode = .none
    var generation: Int32 = -1
    var protocolName: String = ""
    var leader: String = ""
    var member: String = ""
    var members: [Member] = []

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&throttleMilliseconds, 2...)
      try coder.field(&error)
      try coder.field(&generation)
      try coder.field(&protocolName)
      try coder.field(&leader)
      try coder.field(&member)
      try coder.field(&members)
    }

    struct Member: WireStruct {
      var id: String = ""
      var instance: String?
      var metadata: WireBytes = WireBytes()

      mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
        try coder.field(&id)
        try coder.field(&instance, 5...)
        try coder.field(&metadata)
      }
    }
  }
}
