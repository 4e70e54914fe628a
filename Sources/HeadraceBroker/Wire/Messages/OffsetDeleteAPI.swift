/// OffsetDelete: forget positions of a group.
enum OffsetDeleteAPI: WireAPI {
  static let key = APIKey.offsetDelete

  struct Request: WireStruct {
    var group: String = ""
    var topics: [Topic] = []

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&group)
      try coder.field(&topics)
    }

    struct Topic: WireStruct {
      var name: String = ""
      var partitions: [Partition] = []

      mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
        try coder.field(&name)
        try coder.field(&partitions)
      }

      struct Partition: WireStruct {
        var index: Int32 = 0

        mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
          try coder.field(&index)
        }
      }
    }
  }

  struct Response: WireStruct {
    var error: ErrorCode = .none
    var throttleMilliseconds: Int32 = 0
    var topics: [Topic] = []

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&error)
      try coder.field(&throttleMilliseconds)
      try coder.field(&topics)
    }

    struct Topic: WireStruct {
      var name: String = ""
      var partitions: [Partition] = []

      mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
        try coder.field(&name)
        try coder.field(&partitions)
      }

      struct Partition: WireStruct {
        var index: Int32 = 0
        var error: ErrorCode = .none

        mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
          try coder.field(&index)
          try coder.field(&error)
        }
      }
    }
  }
}
