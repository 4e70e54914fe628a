/// DeleteAcls: answered as a broker without an authorizer does.
enum DeleteACLsAPI: WireAPI {
  static let key = APIKey.deleteACLs

  struct Request: WireStruct {
    var filters: [Filter] = []

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&filters)
    }

    struct Filter: WireStruct {
      var resourceType: Int8 = 0
      var resourceName: String?
      var patternType: Int8 = 0
      var principal: String?
      var host: String?
      var operation: Int8 = 0
      var permission: Int8 = 0

      mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
        try coder.field(&resourceType)
        try coder.field(&resourceName)
        try coder.field(&patternType)
        try coder.field(&principal)
        try coder.field(&host)
        try coder.field(&operation)
        try coder.field(&permission)
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
      var matches: [Match] = []

      mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
        try coder.field(&error)
        try coder.field(&message)
        try coder.field(&matches)
      }

      struct Match: WireStruct {
        var error: ErrorCode = .none
        var message: String?
        var resourceType: Int8 = 0
        var resourceName: String = ""
        var patternType: Int8 = 0
        var principal: String = ""
        var host: String = ""
        var operation: Int8 = 0
        var permission: Int8 = 0

        mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
          try coder.field(&error)
          try coder.field(&message)
          try coder.field(&resourceType)
          try coder.field(&resourceName)
          try coder.field(&patternType)
          try coder.field(&principal)
          try coder.field(&host)
          try coder.field(&operation)
          try coder.field(&permission)
        }
      }
    }
  }
}
