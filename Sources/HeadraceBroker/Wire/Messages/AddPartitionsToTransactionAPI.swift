/// AddPartitionsToTxn: what a transaction will write to.
enum AddPartitionsToTransactionAPI: WireAPI {
  static let key = APIKey.addPartitionsToTransaction

  struct Request: WireStruct {
    var transactionalID: String = ""
    var producerID: Int64 = 0
    var producerEpoch: Int16 = 0
    var topics: [Topic] = []

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&transactionalID)
      try coder.field(&producerID)
      try coder.field(&producerEpoch)
      try coder.field(&topics)
    }

    struct Topic: WireStruct {
      var name: String = ""
      var partitions: [Int32] = []

      mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
        try coder.field(&name)
        try coder.field(&partitions)
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
