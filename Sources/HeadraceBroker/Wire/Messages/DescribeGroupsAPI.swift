/// DescribeGroups: groups in detail.
enum DescribeGroupsAPI: WireAPI {
  static let key = APIKey.describeGroups

  struct Request: WireStruct {
    var groups: [String] = []
    var includeOperations: Bool = false

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&groups)
      try coder.field(&includeOperations, 3...)
    }
  }

  struct Response: WireStruct {
    var throttleMilliseconds: Int32 = 0
    var groups: [Group] = []

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&throttleMilliseconds, 1...)
      try coder.field(&groups)
    }

    struct Group: WireStruct {
      var error: ErrorCode = .none
      var id: String = ""
      var state: String = ""
      var protocolType: String = ""
      var protocolData: String = ""
      var members: [Member] = []
      var operations: Int32 = .min

      mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
        try coder.field(&error)
        try coder.field(&id)
        try coder.field(&state)
        try coder.field(&protocolType)
        try coder.field(&protocolData)
        try coder.field(&members)
        try coder.field(&operations, 3...)
      }

      struct Member: WireStruct {
        var id: String = ""
        var instance: String?
        var clientID: String = ""
        var clientHost: String = ""
        var metadata: WireBytes = WireBytes()
        var assignment: WireBytes = WireBytes()

        mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
          try coder.field(&id)
          try coder.field(&instance, 4...)
          try coder.field(&clientID)
          try coder.field(&clientHost)
          try coder.field(&metadata)
          try coder.field(&assignment)
        }
      }
    }
  }
}
