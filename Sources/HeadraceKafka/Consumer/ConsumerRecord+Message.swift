internal import CRdkafka
public import HeadraceCore

extension ConsumerRecord {
  /// The headers, in order; names may repeat, values may be null. Parsed at every call: keep the result.
  public var headers: [RecordHeader] {
    unsafe batch.withMessage(message) { message in
      var list: OpaquePointer?
      guard unsafe rd_kafka_message_headers(message, &list) == RD_KAFKA_RESP_ERR_NO_ERROR else { return [] }
      let count = unsafe rd_kafka_header_cnt(list)
      var headers: [RecordHeader] = []
      headers.reserveCapacity(count)
      for index in 0..<count {
        var name: UnsafePointer<CChar>?
        var value: UnsafeRawPointer?
        var size = 0
        guard unsafe rd_kafka_header_get_all(list, index, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR,
          let name = unsafe name
        else { break }
        let bytes = unsafe value.map { unsafe [UInt8](UnsafeRawBufferPointer(start: $0, count: size)) }
        unsafe headers.append(RecordHeader(String(cString: name), bytes))
      }
      return headers
    }
  }

  var timestampAndType: (Int64, TimestampType)? {
    defer { withExtendedLifetime(batch) {} }
    var type = rd_kafka_timestamp_type_t(rawValue: 0)
    let milliseconds = unsafe rd_kafka_message_timestamp(KafkaBatch.c(message), &type)
    guard milliseconds >= 0 else { return nil }
    switch type {
    case RD_KAFKA_TIMESTAMP_CREATE_TIME: return (milliseconds, .createTime)
    case RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME: return (milliseconds, .logAppendTime)
    default: return nil
    }
  }

  /// The broker that the record came from; −1 when unknown.
  public var brokerID: Int32 {
    defer { withExtendedLifetime(batch) {} }
    return unsafe rd_kafka_message_broker_id(KafkaBatch.c(message))
  }
}
