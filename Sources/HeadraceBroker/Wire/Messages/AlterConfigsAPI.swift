/// AlterConfigs: replace the settings of a topic.
enum AlterConfigsAPI: WireAPI {
  static let key = APIKey.alterConfigs

  struct Request: WireStruct {
    var resources: [Resource] = []
    var validateOnly: Bool = false

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&resources)
      try coder.field(&validateOnly)
    }

    typealias Resource = WireConfigResource<Config>

    struct Config: WireStruct {
      var name: String = ""
      var value: String?

      mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
        try coder.field(&name)
        try coder.field(&value)
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
      var error: ErrorCode = .none
      var message: String?
      var type: Int8 = 0
      var name: String = ""

      mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
        try coder.field(&error)
        try coder.field(&message)
        try coder.field(&type)
        try coder.field(&name)
      }
    }
  }
}
