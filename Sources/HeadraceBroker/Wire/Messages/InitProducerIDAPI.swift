/// InitProducerId: a producer id and epoch; fences older ones.
enum InitProducerIDAPI: WireAPI {
  static let key = APIKey.initProducerID

  struct Request: WireStruct {
    var transactionalID: String?
    var timeoutMilliseconds: Int32 = 60_000
    var producerID: Int64 = -1
    var producerEpoch: Int16 = -1

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&transactionalID)
      try coder.field(&timeoutMilliseconds)
      try coder.field(&producerID, 3...)
      try coder.field(&producerEpoch, 3...)
    }
  }

  struct Response: WireStruct {
    var throttleMilliseconds: Int32 = 0
    var error: ErrorCode = .none
    var producerID: Int64 = -1
    var producerEpoch: Int16 = -1

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&throttleMilliseconds)
      try coder.field(&error)
      try coder.field(&producerID)
      try coder.field(&producerEpoch)
    }
  }
}
