internal import CRdkafka

extension KafkaAdmin {
  /// Creates topics.
  ///
  /// - Returns: the topics that were not created, with why.
  public func createTopics(
    _ topics: [NewTopic], validateOnly: Bool = false, deadline: Duration = .seconds(30)
  ) async throws(KafkaError) -> [String: KafkaError] {
    guard !topics.isEmpty else { return [:] }
    return unsafe try await operation("createTopics", deadline, RD_KAFKA_ADMIN_OP_CREATETOPICS) {
      client, options, queue throws(KafkaError) in
      var list: [OpaquePointer?] = unsafe []
      defer { unsafe list.forEach { unsafe rd_kafka_NewTopic_destroy($0) } }
      var text = [CChar](repeating: 0, count: 512)
      for topic in topics {
        guard
          let new = unsafe rd_kafka_NewTopic_new(
            topic.name, Int32(topic.partitions), Int32(topic.replicationFactor), &text, text.count)
        else { throw KafkaError(.invalidArgument, String(buffer: text), topic: topic.name) }
        unsafe list.append(new)
        for (key, value) in topic.configs { unsafe rd_kafka_NewTopic_set_config(new, key, value) }
      }
      if validateOnly { unsafe rd_kafka_AdminOptions_set_validate_only(options, 1, &text, text.count) }
      unsafe rd_kafka_CreateTopics(client, &list, list.count, options, queue)
    } result: { event throws(KafkaError) in
      var count = 0
      let results = unsafe rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count)
      return unsafe topicErrors(results, count)
    }
  }

  /// Creates a topic and waits until the cluster knows it. One that is there already is no error.
  ///
  /// - Returns: whether it was created now.
  @discardableResult
  public func createTopic(_ topic: NewTopic, deadline: Duration = .seconds(30)) async throws(KafkaError) -> Bool {
    let end = ContinuousClock.now + deadline
    let errors = try await createTopics([topic], deadline: deadline)
    if let error = errors[topic.name], error.code != .topicAlreadyExists { throw error }
    while true {
      let left = max(.milliseconds(1), end - ContinuousClock.now)
      let found = try await describeTopics([topic.name], deadline: left).first
      if let found, found.error == nil, !found.partitions.isEmpty, found.partitions.allSatisfy({ $0.leader >= 0 }) {
        return errors.isEmpty
      }
      guard ContinuousClock.now < end else {
        throw KafkaError(.timedOut, "the topic can't be seen yet", topic: topic.name)
      }
      // A cancelled task ends with its next question.
      try? await Task.sleep(for: .milliseconds(20))
    }
  }

  /// Deletes topics.
  ///
  /// - Returns: the topics that were not deleted, with why.
  @discardableResult
  public func deleteTopics(
    _ names: [String], deadline: Duration = .seconds(30)
  ) async throws(KafkaError) -> [String: KafkaError] {
    guard !names.isEmpty else { return [:] }
    return unsafe try await operation("deleteTopics", deadline, RD_KAFKA_ADMIN_OP_DELETETOPICS) {
      client, options, queue throws(KafkaError) in
      var list: [OpaquePointer?] = unsafe names.map { unsafe rd_kafka_DeleteTopic_new($0) }
      defer { unsafe list.forEach { unsafe rd_kafka_DeleteTopic_destroy($0) } }
      unsafe rd_kafka_DeleteTopics(client, &list, list.count, options, queue)
    } result: { event throws(KafkaError) in
      var count = 0
      let results = unsafe rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event), &count)
      return unsafe topicErrors(results, count)
    }
  }

  /// Raises the number of partitions of a topic. Keys of new records may land elsewhere afterwards.
  public func addPartitions(
    to topic: String, total: Int, deadline: Duration = .seconds(30)
  ) async throws(KafkaError) {
    let errors = unsafe try await operation("addPartitions", deadline, RD_KAFKA_ADMIN_OP_CREATEPARTITIONS) {
      client, options, queue throws(KafkaError) in
      var text = [CChar](repeating: 0, count: 512)
      guard let new = unsafe rd_kafka_NewPartitions_new(topic, total, &text, text.count) else {
        throw KafkaError(.invalidArgument, String(buffer: text), topic: topic)
      }
      defer { unsafe rd_kafka_NewPartitions_destroy(new) }
      var list: [OpaquePointer?] = unsafe [new]
      unsafe rd_kafka_CreatePartitions(client, &list, 1, options, queue)
    } result: { event throws(KafkaError) in
      var count = 0
      let results = unsafe rd_kafka_CreatePartitions_result_topics(
        rd_kafka_event_CreatePartitions_result(event), &count)
      return unsafe topicErrors(results, count)
    }
    if let error = errors[topic] { throw error }
  }

  /// All topics, by name.
  public func topics(
    includeInternal: Bool = false, deadline: Duration = .seconds(30)
  ) async throws(KafkaError) -> [TopicDescription] {
    try await call("topics", deadline) { handle, timeout throws(KafkaError) in
      try metadata(handle, timeout: timeout).topics
    }.filter { includeInternal || !$0.isInternal }
  }

  /// The topics of these names; one that doesn't exist has an ``TopicDescription/error``.
  public func describeTopics(
    _ names: [String], deadline: Duration = .seconds(30)
  ) async throws(KafkaError) -> [TopicDescription] {
    try await call("describeTopics", deadline) { handle, timeout throws(KafkaError) in
      // All of them: to ask for one by its name may create it.
      let all = try metadata(handle, timeout: timeout).topics
      let byName = Dictionary(all.map { ($0.name, $0) }) { $1 }
      return names.map { name in
        byName[name]
          ?? TopicDescription(name: name, partitions: [], error: KafkaError(.unknownTopicOrPartition, topic: name))
      }
    }
  }

  /// The cluster and its brokers.
  public func cluster(deadline: Duration = .seconds(30)) async throws(KafkaError) -> ClusterDescription {
    try await call("cluster", deadline) { handle, timeout throws(KafkaError) in
      let brokers = try metadata(handle, timeout: timeout).brokers
      let id = unsafe rd_kafka_clusterid(handle.pointer, timeout)
      defer { unsafe rd_kafka_mem_free(handle.pointer, id) }
      return unsafe ClusterDescription(
        clusterID: id.map { unsafe String(cString: $0) } ?? "",
        controllerID: unsafe rd_kafka_controllerid(handle.pointer, timeout),
        brokers: brokers.sorted { $0.id < $1.id })
    }
  }
}

private func topicErrors(_ results: UnsafeMutablePointer<OpaquePointer?>?, _ count: Int) -> [String: KafkaError] {
  var errors: [String: KafkaError] = [:]
  for index in 0..<count {
    guard let result = unsafe results?[index] else { continue }
    let code = unsafe rd_kafka_topic_result_error(result)
    guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { continue }
    let name = unsafe String(cString: rd_kafka_topic_result_name(result))
    errors[name] = unsafe KafkaError(
      code, rd_kafka_topic_result_error_string(result).map { unsafe String(cString: $0) }, at: TopicPartition(name, -1))
  }
  return errors
}

private func metadata(
  _ handle: ClientHandle, timeout: Int32
) throws(KafkaError) -> (topics: [TopicDescription], brokers: [ClusterDescription.Broker]) {
  var answer: UnsafePointer<rd_kafka_metadata>?
  unsafe try KafkaError.check(rd_kafka_metadata(handle.pointer, 1, nil, &answer, timeout))
  guard let answer = unsafe answer else { throw KafkaError(.failure) }
  defer { unsafe rd_kafka_metadata_destroy(answer) }
  let topics = unsafe (0..<Int(answer.pointee.topic_cnt)).map { index -> TopicDescription in
    let topic = unsafe answer.pointee.topics[index]
    let name = unsafe String(cString: topic.topic)
    let partitions = unsafe (0..<Int(topic.partition_cnt)).map { index -> TopicDescription.Partition in
      let partition = unsafe topic.partitions[index]
      return unsafe TopicDescription.Partition(
        id: partition.id, leader: partition.leader,
        replicas: (0..<Int(partition.replica_cnt)).map { unsafe partition.replicas[$0] },
        inSync: unsafe (0..<Int(partition.isr_cnt)).map { unsafe partition.isrs[$0] },
        error: unsafe partition.err == RD_KAFKA_RESP_ERR_NO_ERROR
          ? nil : KafkaError(partition.err, at: TopicPartition(name, partition.id)))
    }
    return TopicDescription(
      name: name, partitions: partitions.sorted { $0.id < $1.id },
      error: unsafe topic.err == RD_KAFKA_RESP_ERR_NO_ERROR ? nil : KafkaError(topic.err, at: TopicPartition(name, -1)))
  }
  let brokers = unsafe (0..<Int(answer.pointee.broker_cnt)).map { index -> ClusterDescription.Broker in
    let broker = unsafe answer.pointee.brokers[index]
    return unsafe ClusterDescription.Broker(id: broker.id, host: String(cString: broker.host), port: Int(broker.port))
  }
  return (topics.sorted { $0.name < $1.name }, brokers)
}
