/// LeaveGroup: leave, or let members leave.
enum LeaveGroupAPI: WireAPI {
  static let key = APIKey.leaveGroup

  struct Request: WireStruct {
    var group: String = ""
    var member: String = ""
    var members: [Member] = []

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&group)
      try coder.field(&member, 0...2)
      try coder.field(&members, 3...)
    }

    struct Member: WireStruct {
      var id: String = ""
      var instance: String?

      mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
        try coder.field(&id)
        try coder.field(&instance)
      }
    }
  }

  struct Response: WireStruct {
    var throttleMilliseconds: Int32 = 0
    var error: ErrorCode = .none
    var members: [Member] = []

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&throttleMilliseconds, 1...)
      try coder.field(&error)
      try coder.field(&members, 3...)
    }

    struct Member: WireStruct {
      var id: String = ""
      var instance: String?
      var error: ErrorCode = .none

      mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
        try coder.field(&id)
        try coder.field(&instance)
        try coder.field(&error)
      }
    }
  }
}
