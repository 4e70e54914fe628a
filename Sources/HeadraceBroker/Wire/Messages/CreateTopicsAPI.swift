/// CreateTopics.
enum CreateTopicsAPI: WireAPI {
  static let key = APIKey.createTopics

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
      var partitions: Int32 = -1
      var replicationFactor: Int16 = -1
      var assignments: [Assignment] = []
      var configs: [Config] = []

      mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
        try coder.field(&name)
        try coder.field(&partitions)
        try coder.field(&replicationFactor)
        try coder.field(&assignments)
        try coder.field(&configs)
      }

      struct Assignment: WireStruct {
        var partition: Int32 = 0
        var brokers: [Int32] = []

        mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
          try coder.field(&partition)
          try coder.field(&brokers)
        }
      }

      struct Config: WireStruct {
        var name: String = ""
        var value: String?

        mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
          try coder.field(&name)
          try coder.field(&value)
        }
      }
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
      var message: String?

      mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
        try coder.field(&name)
        try coder.field(&error)
        try coder.field(&message)
      }
    }
  }
}
