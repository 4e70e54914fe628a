/// TxnOffsetCommit: offsets that become visible with the transaction.
enum TransactionOffsetCommitAPI: WireAPI {
  static let key = APIKey.transactionOffsetCommit

  struct Request: WireStruct {
    var transactionalID: String = ""
    var group: String = ""
    var producerID: Int64 = 0
    var producerEpoch: Int16 = 0
    var generation: Int32 = -1
    var member: String = ""
    var instance: String?
    var topics: [Topic] = []

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&transactionalID)
      try coder.field(&group)
      try coder.field(&producerID)
      try coder.field(&producerEpoch)
      try coder.field(&generation, 3...)
      try coder.field(&member, 3...)
      try coder.field(&instance, 3...)
      try coder.field(&topics)
    }

    typealias Topic = WireTopic<Partition>

    struct Partition: WireStruct {
      var index: Int32 = 0
      var offset: Int64 = 0
      var leaderEpoch: Int32 = -1
      var metadata: String?

      mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
        try coder.field(&index)
        try coder.field(&offset)
        try coder.field(&leaderEpoch, 2...)
        try coder.field(&metadata)
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

    typealias Topic = WireTopic<WirePartitionOutcome>
  }
}
