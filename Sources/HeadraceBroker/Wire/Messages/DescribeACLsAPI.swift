/// DescribeAcls: answered as a broker without an authorizer does.
enum DescribeACLsAPI: WireAPI {
  static let key = APIKey.describeACLs

  typealias Request = WireACL<String?>

  struct Response: WireStruct {
    var throttleMilliseconds: Int32 = 0
    var error: ErrorCode = .none
    var message: String?
    var resources: [Resource] = []

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&throttleMilliseconds)
      try coder.field(&error)
      try coder.field(&message)
      try coder.field(&resources)
    }

    struct Resource: WireStruct {
      var type: Int8 = 0
      var name: String = ""
      var patternType: Int8 = 0
      var entries: [Entry] = []

      mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
        try coder.field(&type)
        try coder.field(&name)
        try coder.field(&patternType)
        try coder.field(&entries)
      }

      struct Entry: WireStruct {
        var principal: String = ""
        var host: String = ""
        var operation: Int8 = 0
        var permission: Int8 = 0

        mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
          try coder.field(&principal)
          try coder.field(&host)
          try coder.field(&operation)
          try coder.field(&permission)
        }
      }
    }
  }
}
