internal import CRdkafka

/// A cached topic handle: producing by name costs the first record to every topic a second in librdkafka below 2.10.1.
///
/// `@unchecked Sendable`: the handle may be used from any thread; it is destroyed by its core when the core holds all permits,
/// which means that nobody is producing.
@safe final class ProducerTopic: @unchecked Sendable {
  let name: String
  let pointer: OpaquePointer
  /// The core that owns this object, and so outlives every use of it.
  let unmanagedCore: Unmanaged<ProducerCore>
  var core: ProducerCore { unsafe unmanagedCore.takeUnretainedValue() }

  init(name: String, core: ProducerCore) throws(KafkaError) {
    // Taken over by the topic; only a custom partitioner needs one.
    var configuration: OpaquePointer?
    if unsafe core.context.partitioner != nil {
      unsafe configuration = rd_kafka_topic_conf_new()
      unsafe rd_kafka_topic_conf_set_opaque(configuration, Unmanaged.passUnretained(core.context).toOpaque())
      unsafe rd_kafka_topic_conf_set_partitioner_cb(configuration) { _, key, keySize, count, opaque, _ in
        guard let choose = unsafe ClientContext.of(opaque)?.partitioner else { return -1 }
        let chosen = unsafe choose(key.map { unsafe UnsafeRawBufferPointer(start: $0, count: keySize) }, count)
        return (0..<count).contains(chosen) ? chosen : -1
      }
    }
    guard let pointer = unsafe rd_kafka_topic_new(core.pointer, name, configuration) else {
      let code = rd_kafka_last_error()
      if let configuration = unsafe configuration { unsafe rd_kafka_topic_conf_destroy(configuration) }
      throw KafkaError(code, at: TopicPartition(name, -1))
    }
    self.name = name
    unsafe self.pointer = pointer
    unsafe unmanagedCore = Unmanaged.passUnretained(core)
  }

  /// Gives one record to librdkafka, which copies it. The caller holds a permit for it.
  @inline(__always)
  func produce(
    value: UnsafeRawBufferPointer?, key: UnsafeRawBufferPointer?, partition: Int32, opaque: UnsafeMutableRawPointer?
  ) -> rd_kafka_resp_err_t {
    // A zero-size value that is no null needs a pointer.
    let (valueStart, valueCount) = unsafe Self.parts(value)
    let (keyStart, keyCount) = unsafe Self.parts(key)
    let status = unsafe rd_kafka_produce(
      pointer, partition, Int32(RD_KAFKA_MSG_F_COPY), UnsafeMutableRawPointer(mutating: valueStart), valueCount,
      keyStart,
      keyCount, opaque)
    return status == 0 ? RD_KAFKA_RESP_ERR_NO_ERROR : rd_kafka_last_error()
  }

  /// The same with headers and a timestamp (0 for now). Takes over `headers` in any case.
  func produce(
    value: UnsafeRawBufferPointer?, key: UnsafeRawBufferPointer?, partition: Int32, headers: OpaquePointer?,
    timestamp: Int64, opaque: UnsafeMutableRawPointer?
  ) -> rd_kafka_resp_err_t {
    let (valueStart, valueCount) = unsafe Self.parts(value)
    let (keyStart, keyCount) = unsafe Self.parts(key)
    let code = unsafe headrace_kafka_produce(
      core.pointer, pointer, partition, valueStart, valueCount, keyStart, keyCount, headers, timestamp, opaque)
    if code != RD_KAFKA_RESP_ERR_NO_ERROR, let headers = unsafe headers { unsafe rd_kafka_headers_destroy(headers) }
    return code
  }

  @inline(__always)
  static func parts(_ bytes: UnsafeRawBufferPointer?) -> (UnsafeRawPointer?, Int) {
    guard let bytes = unsafe bytes else { return (nil, 0) }
    return unsafe (bytes.baseAddress ?? emptyBytes, bytes.count)
  }

  /// Stands for the address of zero bytes; never read.
  nonisolated(unsafe) static let emptyBytes = UnsafeRawPointer(
    UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 1))

  /// Only by the core, when nobody produces any more.
  func destroy() { unsafe rd_kafka_topic_destroy(pointer) }
}
