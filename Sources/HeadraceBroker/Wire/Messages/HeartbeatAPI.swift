/// Heartbeat: stay a member.
enum HeartbeatAPI: WireAPI {
  static let key = APIKey.heartbeat

  struct Request: WireStruct {
    var group: String = ""
    var generation: Int32 = 0
    var member: String = ""
    var instance: String?

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&group)
      try coder.field(&generation)
      try coder.field(&member)
      try coder.field(&instance, 3...)
    }
  }

  struct Response: WireStruct {
    var throttleMilliseconds: Int32 = 0
    var error: ErrorCode = .none

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&throttleMilliseconds, 1...)
      try coder.field(&error)
    }
  }
}
