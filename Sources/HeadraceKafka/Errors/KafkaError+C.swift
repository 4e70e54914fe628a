internal import CRdkafka

extension KafkaError.Code {
  init(_ code: rd_kafka_resp_err_t) { self.init(rawValue: code.rawValue) }

  var c: rd_kafka_resp_err_t { rd_kafka_resp_err_t(rawValue: rawValue) }

  /// librdkafka's name, or ours where the code is ours.
  public var name: String {
    switch self {
    case .configuration: "_CONFIGURATION"
    case .closed: "_CLOSED"
    case .deadlineExceeded: "_DEADLINE_EXCEEDED"
    case .unsupported: "_UNSUPPORTED"
    case .cancelled: "_CANCELLED"
    default: unsafe String(cString: rd_kafka_err2name(c))
    }
  }

  /// librdkafka's sentence, or ours where the code is ours.
  var explanation: String {
    switch self {
    case .configuration: "the configuration is wrong"
    case .closed: "the client is closed"
    case .deadlineExceeded: "the deadline passed"
    case .unsupported: "this librdkafka is too old for the call"
    case .cancelled: "the task was cancelled"
    default: unsafe String(cString: rd_kafka_err2str(c))
    }
  }
}

extension KafkaError {
  init(_ code: rd_kafka_resp_err_t, _ message: String? = nil, at place: TopicPartition? = nil, offset: Int64? = nil) {
    self.init(
      Code(code), message, topic: place?.topic, partition: place.flatMap { $0.partition >= 0 ? $0.partition : nil },
      offset: offset.flatMap { $0 >= 0 ? $0 : nil },
      isFatal: code == RD_KAFKA_RESP_ERR__FATAL)
  }

  /// Takes over and frees `error`.
  init(consuming error: OpaquePointer) {
    let isFatal = unsafe rd_kafka_error_is_fatal(error) != 0
    let requiresAbort = unsafe rd_kafka_error_txn_requires_abort(error) != 0
    unsafe self.init(
      Code(rd_kafka_error_code(error)), String(cString: rd_kafka_error_string(error)),
      isRetriable: rd_kafka_error_is_retriable(error) != 0, isFatal: isFatal, requiresAbort: requiresAbort)
    unsafe rd_kafka_error_destroy(error)
  }

  /// A copy of an error that belongs to someone else; `nil` where there is none.
  init?(borrowing error: OpaquePointer?) {
    guard let error = unsafe error, unsafe rd_kafka_error_code(error) != RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
    unsafe self.init(rd_kafka_error_code(error), String(cString: rd_kafka_error_string(error)))
  }

  /// Throws where a call answered with something else than success.
  static func check(_ code: rd_kafka_resp_err_t) throws(KafkaError) {
    if code != RD_KAFKA_RESP_ERR_NO_ERROR { throw KafkaError(code) }
  }

  /// Throws where a call returned an error object.
  static func check(_ error: OpaquePointer?) throws(KafkaError) {
    if let error = unsafe error { throw unsafe KafkaError(consuming: error) }
  }
}
