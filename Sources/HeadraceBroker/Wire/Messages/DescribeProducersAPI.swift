/// DescribeProducers: who writes to partitions, and which transactions are open there.
enum DescribeProducersAPI: WireAPI {
  static let key = APIKey.describeProducers

  struct Request: WireStruct {
    var topics: [Topic] = []

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&topics)
    }

    typealias Topic = WireTopic<Int32>
  }

  struct Response: WireStruct {
    var throttleMilliseconds: Int32 = 0
    var topics: [Topic] = []

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&throttleMilliseconds)
      try coder.field(&topics)
    }

    typealias Topic = WireTopic<Partition>

    struct Partition: WireStruct {
      var index: Int32 = 0
      var error: ErrorCode = .none
      var message: String?
      var producers: [Producer] = []

      mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
        try coder.field(&index)
        try coder.field(&error)
        try coder.field(&message)
        try coder.field(&producers)
      }

      struct Producer: WireStruct {
        var id: Int64 = 0
        var epoch: Int32 = 0
        var lastSequence: Int32 = -1
        var lastTimestamp: Int64 = -1
        var coordinatorEpoch: Int32 = 0
        var transactionStart: Int64 = -1

        mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
          try coder.field(&id)
          try coder.field(&epoch)
          try coder.field(&lastSequence)
          try coder.field(&lastTimestamp)
          try coder.field(&coordinatorEpoch)
          try coder.field(&transactionStart)
        }
      }
    }
  }
}
