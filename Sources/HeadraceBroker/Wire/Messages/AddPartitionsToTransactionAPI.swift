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

    typealias Topic = WireTopic<Int32>
  }

  struct Response: WireStruct {
    var throttleMilliseconds: Int32 = 0
    var topics: [Topic] = []

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&throttleMilliseconds)
      try coder.field(&topics)
    }

    typealias Topic = WireTopic<WirePartitionOutcome>
  }
}
