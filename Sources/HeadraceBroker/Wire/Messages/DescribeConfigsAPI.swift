/// DescribeConfigs: the settings of topics and of the broker.
enum DescribeConfigsAPI: WireAPI {
  static let key = APIKey.describeConfigs

  struct Request: WireStruct {
    var resources: [Resource] = []
    var includeSynonyms: Bool = false
    var includeDocumentation: Bool = false

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&resources)
      try coder.field(&includeSynonyms)
      try coder.field(&includeDocumentation, 3...)
    }

    struct Resource: WireStruct {
      var type: Int8 = 0
      var name: String = ""
      var keys: [String]?

      mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
        try coder.field(&type)
        try coder.field(&name)
        try coder.field(&keys)
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
      var configs: [Config] = []

      mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
        try coder.field(&error)
        try coder.field(&message)
        try coder.field(&type)
        try coder.field(&name)
        try coder.field(&configs)
      }

      struct Config: WireStruct {
        var name: String = ""
        var value: String?
        var isReadOnly: Bool = false
        var source: Int8 = -1
        var isSensitive: Bool = false
        var synonyms: [Synonym] = []
        var type: Int8 = 0
        var documentation: String?

        mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
          try coder.field(&name)
          try coder.field(&value)
          try coder.field(&isReadOnly)
          try coder.field(&source)
          try coder.field(&isSensitive)
          try coder.field(&synonyms)
          try coder.field(&type, 3...)
          try coder.field(&documentation, 3...)
        }

        struct Synonym: WireStruct {
          var name: String = ""
          var value: String?
          var source: Int8 = 0

          mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
            try coder.field(&name)
            try coder.field(&value)
            try coder.field(&source)
          }
        }
      }
    }
  }
}
