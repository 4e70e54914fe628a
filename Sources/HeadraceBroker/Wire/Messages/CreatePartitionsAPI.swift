/// CreatePartitions: more partitions for a topic.
enum CreatePartitionsAPI: WireAPI {
  static let key = APIKey.createPartitions

  struct Request: WireStruct {
    var topics: [Topic] = []
    var timeoutMilliseconds: Int32 = 30_000
    var validateOnly: Bool = false

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&topics)
      try coder.field(&timeoutMilliseconds)
      try coder.field(&validateOnly)
    }

    struct Topic: WireStruct {
      var name: String = ""
      var count: Int32 = 0
      var assignments: [Assignment]?

      mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
        try coder.field(&name)
        try coder.field(&count)
        try coder.field(&assignments)
      }

      struct Assignment: WireStruct {
        var brokers: [Int32] = []

        mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
          try coder.field(&brokers)
        }
      }
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
      var name: String = ""
      var error: ErrorCode = .none
      var message: String?

      mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
        try coder.field(&name)
        try coder.field(&error)
        try coder.field(&message)
      }
    }
  }
}
