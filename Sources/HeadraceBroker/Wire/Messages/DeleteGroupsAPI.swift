/// DeleteGroups.
enum DeleteGroupsAPI: WireAPI {
  static let key = APIKey.deleteGroups

  struct Request: WireStruct {
    var groups: [String] = []

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&groups)
    }
  }

  struct Response: WireStruct {
    var throttleMilliseconds: Int32 = 0
    var results: [Result] = []

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&throttleMilliseconds)
      try coder.field(&results)
    }

    struct Result: WireStruct {
      var group: String = ""
      var error: ErrorCode = .none

      mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
        try coder.field(&group)
        try coder.field(&error)
      }
    }
  }
}
