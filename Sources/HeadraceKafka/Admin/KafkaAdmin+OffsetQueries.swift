internal import CRdkafka

extension KafkaAdmin {
  /// Offsets of many partitions in one go: the oldest, the end, by time, by the largest timestamp.
  ///
  /// Below librdkafka 2.3.0 the partitions are asked one after another, without ``OffsetQuery/largestTimestamp`` and without
  /// `isolation`.
  ///
  /// - Parameters:
  ///   - queries: What is asked of each partition.
  ///   - isolation: With `.readCommitted`, ``OffsetQuery/latest`` is the oldest open transaction's first record.
  ///   - deadline: How long all answers together may take.
  /// - Throws: ``KafkaError/Code/unsupported`` for what needs a newer librdkafka; the first partition's error.
  public func offsets(
    _ queries: [TopicPartition: OffsetQuery], isolation: KafkaConfiguration.Isolation = .readUncommitted,
    deadline: Duration = .seconds(30)
  ) async throws(KafkaError) -> [TopicPartition: OffsetAnswer] {
    guard !queries.isEmpty else { return [:] }
    if LibraryVersion.isAtLeast(2, 3, 0) { return try await listOffsets(queries, isolation, deadline) }
    if queries.values.contains(.largestTimestamp) {
      try LibraryVersion.demand("looking for the largest timestamp", 2, 3, 0)
    }
    if isolation == .readCommitted { try LibraryVersion.demand("offsets under .readCommitted", 2, 3, 0) }
    var answers: [TopicPartition: OffsetAnswer] = [:]
    let end = ContinuousClock.now + deadline
    var times: [TopicPartition: Int64] = [:]
    var ends: [TopicPartition] = []
    for (place, query) in queries {
      if case .time(let time) = query { times[place] = time } else { ends.append(place) }
    }
    for (place, marks) in try await watermarks(of: ends, deadline: deadline) {
      answers[place] = OffsetAnswer(offset: queries[place] == .earliest ? marks.low : marks.high)
    }
    let found = try await offsets(for: times, deadline: max(.milliseconds(1), end - ContinuousClock.now))
    for (place, offset) in found { answers[place] = OffsetAnswer(offset: offset) }
    return answers
  }

  private func listOffsets(
    _ queries: [TopicPartition: OffsetQuery], _ isolation: KafkaConfiguration.Isolation, _ deadline: Duration
  ) async throws(KafkaError) -> [TopicPartition: OffsetAnswer] {
    typealias Start =
      @convention(c) (
        OpaquePointer?, UnsafeMutablePointer<rd_kafka_topic_partition_list_t>, OpaquePointer?, OpaquePointer?
      ) -> Void
    typealias GetPlace = @convention(c) (OpaquePointer?) -> UnsafePointer<rd_kafka_topic_partition_t>?
    typealias GetTime = @convention(c) (OpaquePointer?) -> Int64
    typealias SetIsolation = @convention(c) (OpaquePointer?, UInt32) -> OpaquePointer?
    func find<Function>(_ name: String, _ type: Function.Type) throws(KafkaError) -> Function {
      try LateSymbol.find("rd_kafka_" + name, as: type, for: "asking for offsets", since: (2, 3, 0))
    }
    let start = unsafe try find("ListOffsets", Start.self)
    let result = unsafe try find("event_ListOffsets_result", LateSymbol.Get.self)
    let infos = unsafe try find("ListOffsets_result_infos", LateSymbol.GetList.self)
    let place = unsafe try find("ListOffsetsResultInfo_topic_partition", GetPlace.self)
    let time = unsafe try find("ListOffsetsResultInfo_timestamp", GetTime.self)
    let setIsolation = unsafe try find("AdminOptions_set_isolation_level", SetIsolation.self)
    return unsafe try await operation("offsets", deadline, .listOffsets) { client, options, queue throws(KafkaError) in
      // 0: read_uncommitted, 1: read_committed.
      try unsafe KafkaError.check(setIsolation(options, isolation == .readCommitted ? 1 : 0))
      let list = PartitionList(queries.map { PartitionOffset($0.key, $0.value.raw) })
      unsafe list.use { unsafe start(client, $0, options, queue) }
    } result: { event throws(KafkaError) in
      var count = 0
      let found = unsafe infos(result(event), &count)
      var answers: [TopicPartition: OffsetAnswer] = [:]
      for index in 0..<count {
        guard let info = unsafe found?[index], let element = unsafe place(info)?.pointee else { continue }
        let name = unsafe TopicPartition(String(cString: element.topic), element.partition)
        if unsafe element.err != RD_KAFKA_RESP_ERR_NO_ERROR { throw unsafe KafkaError(element.err, at: name) }
        let timestamp = unsafe time(info)
        answers[name] = unsafe OffsetAnswer(
          offset: element.offset < 0 ? nil : element.offset, timestamp: timestamp < 0 ? nil : timestamp)
      }
      return answers
    }
  }
}

extension OffsetQuery {
  /// As the protocol writes it.
  fileprivate var raw: Int64 {
    switch self {
    case .latest: -1
    case .earliest: -2
    case .largestTimestamp: -3
    case .time(let milliseconds): max(0, milliseconds)
    }
  }
}
