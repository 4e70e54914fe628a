/// SyncGroup: hand out and receive assignments.
enum SyncGroupAPI: WireAPI {
  static let key = APIKey.syncGroup

  struct Request: WireStruct {
    var group: String = ""
    var generation: Int32 = 0
    var member: String = ""
    var instance: String?
    var assignments: [Assignment] = []

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&group)
      try coder.field(&generation)
      try coder.field(&member)
      try coder.field(&instance, 3...)
      try coder.field(&assignments)
    }

    struct Assignment: WireStruct {
      var member: String = ""
      var assignment: WireBytes = WireBytes()

      mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
        try coder.field(&member)
        try coder.field(&assignment)
      }
    }
  }

  struct Response: WireStruct {
    var throttleMilliseconds: Int32 = 0
    var error: ErrorCode = .none
    var assignment: WireBytes = WireBytes()

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&throttleMilliseconds, 1...)
      try coder.field(&error)
      try coder.field(&assignment)
    }
  }
}
