/// Produce: append batches.
enum ProduceAPI: WireAPI {
  static let key = APIKey.produce

  struct Request: WireStruct {
    var transactionalID: String?
    var acks: Int16 = 1
    var timeoutMilliseconds: Int32 = 0
    var topics: [Topic] = []

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&transactionalID, 3...)
      try coder.field(&acks)
      try coder.field(&timeoutMilliseconds)
      try coder.field(&topics)
    }

    typealias Topic = WireTopic<Partition>

    struct Partition: WireStruct {
      var index: Int32 = 0
      var records: RecordBytes = .null

      mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
        try coder.field(&index)
        try coder.field(&records)
      }
    }
  }

  struct Response: WireStruct {
    var topics: [Topic] = []
    var throttleMilliseconds: Int32 = 0

    mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
      try coder.field(&topics)
      try coder.field(&throttleMilliseconds)
    }

    typealias Topic = WireTopic<Partition>

    struct Partition: WireStruct {
      var index: Int32 = 0
      var error: ErrorCode = .none
      var baseOffset: Int64 = -1
      var logAppendTime: Int64 = -1
      var logStartOffset: Int64 = -1

      mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
        try coder.field(&index)
        try coder.field(&error)
        try coder.field(&baseOffset)
        try coder.field(&logAppendTime)
        try coder.field(&logStartOffset, 5...)
      }
    }
  }
}
