/// DeleteAcls: answered as a broker without an authorizer does.
enum DeleteACLsAPI: WireAPI {
  static let key = APIKey.deleteACLs

  struct Request: WireStruct {
    var filters: [Filter] = []

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&filters)
    }

    typealias Filter = WireACL<String?>
  }

  struct Response: WireStruct {
    var throttleMilliseconds: Int32 = 0
    var results: [Result] = []

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&throttleMilliseconds)
      try coder.field(&results)
    }

    struct Result: WireStruct {
      var error: ErrorCode = .none
      var message: String?
      var matches: [Match] = []

      mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
        try coder.field(&error)
        try coder.field(&message)
        try coder.field(&matches)
      }

      struct Match: WireStruct {
        var error: ErrorCode = .none
        var message: String?
        var acl = WireACL<String>()

        mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
          try coder.field(&error)
          try coder.field(&message)
          // Its fields stand here without a structure of their own, and so without its tags.
          try acl.fields(&coder)
        }
      }
    }
  }
}
