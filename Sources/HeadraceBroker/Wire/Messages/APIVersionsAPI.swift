/// ApiVersions: what this broker speaks.
enum APIVersionsAPI: WireAPI {
  static let key = APIKey.apiVersions

  struct Request: WireStruct {
    var clientSoftwareName: String = ""
    var clientSoftwareVersion: String = ""

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&clientSoftwareName, 3...)
      try coder.field(&clientSoftwareVersion, 3...)
    }
  }

  struct Response: WireStruct {
    var error: ErrorCode = .none
    var ranges: [Range] = []
    var throttleMilliseconds: Int32 = 0

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&error)
      try coder.field(&ranges)
      try coder.field(&throttleMilliseconds, 1...)
    }

    struct Range: WireStruct {
      var key: Int16 = 0
      var minimum: Int16 = 0
      var maximum: Int16 = 0

      mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
        try coder.field(&key)
        try coder.field(&minimum)
        try coder.field(&maximum)
      }
    }
  }
}
