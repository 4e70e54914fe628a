/// AddOffsetsToTxn: the group whose offsets a transaction will commit.
enum AddOffsetsToTransactionAPI: WireAPI {
  static let key = APIKey.addOffsetsToTransaction

  struct Request: WireStruct {
    var transactionalID: String = ""
    var producerID: Int64 = 0
    var producerEpoch: Int16 = 0
    var group: String = ""

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&transactionalID)
      try coder.field(&producerID)
      try coder.field(&producerEpoch)
      try coder.field(&group)
    }
  }

  struct Response: WireStruct {
    var throttleMilliseconds: Int32 = 0
    var error: ErrorCode = .none

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&throttleMilliseconds)
      try coder.field(&error)
    }
  }
}
