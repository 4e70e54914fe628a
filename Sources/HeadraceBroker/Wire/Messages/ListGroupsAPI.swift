/// ListGroups: all groups.
enum ListGroupsAPI: WireAPI {
  static let key = APIKey.listGroups

  struct Request: WireStruct {
    var states: [String] = []

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&states, 4...)
    }
  }

  struct Response: WireStruct {
    var throttleMilliseconds: Int32 = 0
    var error: ErrorCode = .none
    var groups: [Group] = []

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&throttleMilliseconds, 1...)
      try coder.field(&error)
      try coder.field(&groups)
    }

    struct Group: WireStruct {
      var id: String = ""
      var protocolType: String = ""
      var state: String = ""

      mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
        try coder.field(&id)
        try coder.field(&protocolType)
        try coder.field(&state, 4...)
      }
    }
  }
}
