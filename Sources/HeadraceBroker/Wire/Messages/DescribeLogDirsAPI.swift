/// DescribeLogDirs: the data folder, and what each partition takes of it.
enum DescribeLogDirsAPI: WireAPI {
  static let key = APIKey.describeLogDirs

  struct Request: WireStruct {
    var topics: [Topic]?

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&topics)
    }

    typealias Topic = WireTopic<Int32>
  }

  struct Response: WireStruct {
    var throttleMilliseconds: Int32 = 0
    var error: ErrorCode = .none
    var results: [Result] = []

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&throttleMilliseconds)
      try coder.field(&error, 3...)
      try coder.field(&results)
    }

    struct Result: WireStruct {
      var error: ErrorCode = .none
      var folder: String = ""
      var topics: [Topic] = []
      var totalBytes: Int64 = -1
      var usableBytes: Int64 = -1

      mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
        try coder.field(&error)
        try coder.field(&folder)
        try coder.field(&topics)
        try coder.field(&totalBytes, 4...)
        try coder.field(&usableBytes, 4...)
      }

      typealias Topic = WireTopic<Partition>

      struct Partition: WireStruct {
        var index: Int32 = 0
        var size: Int64 = 0
        var offsetLag: Int64 = 0
        var isFuture: Bool = false

        mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
          try coder.field(&index)
          try coder.field(&size)
          try coder.field(&offsetLag)
          try coder.field(&isFuture)
        }
      }
    }
  }
}
