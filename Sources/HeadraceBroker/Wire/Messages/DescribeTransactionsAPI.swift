/// DescribeTransactions: transactional ids in detail.
enum DescribeTransactionsAPI: WireAPI {
  static let key = APIKey.describeTransactions

  struct Request: WireStruct {
    var transactionalIDs: [String] = []

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&transactionalIDs)
    }
  }

  struct Response: WireStruct {
    var throttleMilliseconds: Int32 = 0
    var transactions: [Transaction] = []

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&throttleMilliseconds)
      try coder.field(&transactions)
    }

    struct Transaction: WireStruct {
      var error: ErrorCode = .none
      var transactionalID: String = ""
      var state: String = ""
      var timeoutMilliseconds: Int32 = 0
      var startedAt: Int64 = -1
      var producerID: Int64 = -1
      var producerEpoch: Int16 = -1
      var topics: [Topic] = []

      mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
        try coder.field(&error)
        try coder.field(&transactionalID)
        try coder.field(&state)
        try coder.field(&timeoutMilliseconds)
        try coder.field(&startedAt)
        try coder.field(&producerID)
        try coder.field(&producerEpoch)
        try coder.field(&topics)
      }

      typealias Topic = WireTopic<Int32>
    }
  }
}
