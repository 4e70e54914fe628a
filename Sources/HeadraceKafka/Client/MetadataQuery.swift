internal import CRdkafka

/// Questions about the cluster that every client can ask; they block, so they run on a lane.
enum MetadataQuery {
  static func partitionCount(of topic: String, on handle: ClientHandle, timeout: Int32) throws(KafkaError) -> Int {
    guard let rkt = unsafe rd_kafka_topic_new(handle.pointer, topic, nil) else {
      throw KafkaError(rd_kafka_last_error(), at: TopicPartition(topic, -1))
    }
    defer { unsafe rd_kafka_topic_destroy(rkt) }
    var metadata: UnsafePointer<rd_kafka_metadata>?
    try unsafe KafkaError.check(rd_kafka_metadata(handle.pointer, 0, rkt, &metadata, timeout))
    guard let metadata = unsafe metadata else { throw KafkaError(.failure) }
    defer { unsafe rd_kafka_metadata_destroy(metadata) }
    guard unsafe metadata.pointee.topic_cnt == 1 else { throw KafkaError(.unknownTopic, topic: topic) }
    let answer = unsafe metadata.pointee.topics[0]
    guard unsafe answer.err == RD_KAFKA_RESP_ERR_NO_ERROR else {
      throw unsafe KafkaError(answer.err, at: TopicPartition(topic, -1))
    }
    return unsafe Int(answer.partition_cnt)
  }

  static func watermarks(of place: TopicPartition, on handle: ClientHandle, timeout: Int32) throws(KafkaError)
    -> Watermarks
  {
    var low: Int64 = 0
    var high: Int64 = 0
    let code = unsafe rd_kafka_query_watermark_offsets(
      handle.pointer, place.topic, place.partition, &low, &high, timeout)
    guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { throw KafkaError(code, at: place) }
    return Watermarks(low: low, high: high)
  }

  /// For each place the offset of the first record with at least that time (milliseconds since 1970); `none` where there is
  /// no such record.
  static func offsets(
    for times: [(TopicPartition, Int64)], on handle: ClientHandle, timeout: Int32
  ) throws(KafkaError) -> [PartitionOffset] {
    let list = PartitionList(times.map { PartitionOffset($0.0, $0.1) })
    try unsafe list.check { unsafe rd_kafka_offsets_for_times(handle.pointer, $0, timeout) }
    return list.offsets
  }
}
