internal import CRdkafka
internal import Glibc

/// Owns an `rd_kafka_topic_partition_list_t`.
@safe final class PartitionList {
  private let pointer: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>

  /// Takes over a list.
  init(consuming pointer: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) { unsafe self.pointer = pointer }

  convenience init(_ offsets: some Collection<PartitionOffset>) {
    unsafe self.init(consuming: rd_kafka_topic_partition_list_new(Int32(offsets.count)))
    for offset in offsets {
      let element = unsafe rd_kafka_topic_partition_list_add(pointer, offset.topic, offset.partition)
      unsafe element?.pointee.offset = offset.offset
      if let metadata = offset.metadata, let element = unsafe element {
        // Freed by the list with free(3).
        let bytes = Array(metadata.utf8)
        let copy = unsafe malloc(bytes.count + 1)
        if let copy = unsafe copy {
          unsafe copy.copyMemory(from: bytes, byteCount: bytes.count)
          unsafe copy.storeBytes(of: 0, toByteOffset: bytes.count, as: UInt8.self)
          unsafe element.pointee.metadata = unsafe copy
          unsafe element.pointee.metadata_size = bytes.count
        }
      }
    }
  }

  convenience init(_ partitions: some Collection<TopicPartition>) {
    self.init(partitions.map { PartitionOffset($0, -1001) })
  }

  convenience init(_ starts: some Collection<PartitionStart>) {
    self.init(starts.map { PartitionOffset($0.topicPartition, $0.start.rawOffset) })
  }

  deinit { unsafe rd_kafka_topic_partition_list_destroy(pointer) }

  /// Lends the list to a C call; it lives until the call is over, which reading a pointer out of it would not promise.
  func use<Result, Failure: Error>(
    _ body: (UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { withExtendedLifetime(self) {} }
    return try unsafe body(pointer)
  }

  /// Lends the list to a C call and throws when that answers with something else than success.
  func check(
    _ call: (UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) -> rd_kafka_resp_err_t
  ) throws(KafkaError) {
    try unsafe KafkaError.check(use { unsafe call($0) })
  }

  /// Lends the list to a C call and throws when that answers with an error object.
  func check(
    _ call: (UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) -> OpaquePointer?
  ) throws(KafkaError) {
    try unsafe KafkaError.check(use { unsafe call($0) })
  }

  /// The elements; offsets that mean "nothing" are ``PartitionOffset/none``.
  var offsets: [PartitionOffset] { unsafe Self.offsets(of: pointer) }

  var partitions: [TopicPartition] { offsets.map(\.topicPartition) }

  /// Throws the first error of an element.
  func check() throws(KafkaError) {
    if let error = offsets.lazy.compactMap(\.error).first { throw error }
  }

  static func offsets(of pointer: UnsafePointer<rd_kafka_topic_partition_list_t>?) -> [PartitionOffset] {
    guard let pointer = unsafe pointer else { return [] }
    return unsafe (0..<Int(pointer.pointee.cnt)).map { index in
      let element = unsafe pointer.pointee.elems[index]
      let place = unsafe TopicPartition(String(cString: element.topic), element.partition)
      let metadata = unsafe element.metadata.map {
        unsafe String(decoding: UnsafeRawBufferPointer(start: $0, count: element.metadata_size), as: UTF8.self)
      }
      let error = unsafe element.err == RD_KAFKA_RESP_ERR_NO_ERROR ? nil : unsafe KafkaError(element.err, at: place)
      return unsafe PartitionOffset(
        place, element.offset < 0 ? PartitionOffset.none : element.offset, metadata: metadata, error: error)
    }
  }
}
