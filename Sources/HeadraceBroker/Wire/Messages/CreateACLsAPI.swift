/// CreateAcls: answered as a broker without an authorizer does.
enum CreateACLsAPI: WireAPI {
  static let key = APIKey.createACLs

  struct Request: WireStruct {
    var creations: [Creation] = []

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&creations)
    }

    typealias Creation = WireACL<String>
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

      mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
        try coder.field(&error)
        try coder.field(&message)
      }
    }
  }
}
