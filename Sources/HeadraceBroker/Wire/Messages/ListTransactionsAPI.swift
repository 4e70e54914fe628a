/// ListTransactions: all transactional ids, or those that filters let pass.
enum ListTransactionsAPI: WireAPI {
  static let key = APIKey.listTransactions

  struct Request: WireStruct {
    var states: [String] = []
    var producerIDs: [Int64] = []
    var minimumMilliseconds: Int64 = -1

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&states)
      try coder.field(&producerIDs)
      try coder.field(&minimumMilliseconds, 1...)
    }
  }

  struct Response: WireStruct {
    var throttleMilliseconds: Int32 = 0
    var error: ErrorCode = .none
    var unknownStates: [String] = []
    var transactions: [Transaction] = []

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&throttleMilliseconds)
      try coder.field(&error)
      try coder.field(&unknownStates)
      try coder.field(&transactions)
    }

    struct Transaction: WireStruct {
      var transactionalID: String = ""
      var producerID: Int64 = 0
      var state: String = ""

      mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
        try coder.field(&transactionalID)
        try coder.field(&producerID)
        try coder.field(&state)
      }
    }
  }
}
