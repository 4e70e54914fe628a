/// IncrementalAlterConfigs: change single settings.
enum IncrementalAlterConfigsAPI: WireAPI {
  static let key = APIKey.incrementalAlterConfigs

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
      var operation: Int8 = 0
      var value: String?

      mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
        try coder.field(&name)
        try coder.field(&operation)
        try coder.field(&value)
      }
    }
  }

  typealias Response = AlterConfigsAPI.Response
}
