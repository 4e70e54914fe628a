/// DeleteTopics.
enum DeleteTopicsAPI: WireAPI {
  static let key = APIKey.deleteTopics

  struct Request: WireStruct {
    var names: [String] = []
    var timeoutMilliseconds: Int32 = 30_000

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&names)
      try coder.field(&timeoutMilliseconds)
    }
  }

  struct Response: WireStruct {
    var throttleMilliseconds: Int32 = 0
    var topics: [Topic] = []

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&throttleMilliseconds)
      try coder.field(&topics)
    }

    struct Topic: WireStruct {
      var name: String = ""
      var error: ErrorCode = .none

      mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
        try coder.field(&name)
        try coder.field(&error)
      }
    }
  }
}
