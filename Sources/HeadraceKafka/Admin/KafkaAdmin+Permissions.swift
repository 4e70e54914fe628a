internal import CRdkafka

/// What this client may do, as the cluster sees it. Needs librdkafka ≥ 2.3.0 and throws ``KafkaError/Code/unsupported`` where
/// an older one is loaded.
extension KafkaAdmin {
  private static let since: (Int32, Int32, Int32) = (2, 3, 0)

  /// What this client may do with topics, and the topics' ids.
  ///
  /// - Throws: the first topic's error.
  public func topicPermissions(
    _ names: [String], deadline: Duration = .seconds(30)
  ) async throws(KafkaError) -> [String: TopicPermissions] {
    guard !names.isEmpty else { return [:] }
    typealias Make = @convention(c) (UnsafeMutablePointer<UnsafePointer<CChar>?>, Int) -> OpaquePointer?
    typealias Start = @convention(c) (OpaquePointer?, OpaquePointer?, OpaquePointer?, OpaquePointer?) -> Void
    func find<Function>(_ name: String, _ type: Function.Type) throws(KafkaError) -> Function {
      try LateSymbol.find("rd_kafka_" + name, as: type, for: "asking for permissions", since: Self.since)
    }
    let make = unsafe try find("TopicCollection_of_topic_names", Make.self)
    let destroy = unsafe try find("TopicCollection_destroy", LateSymbol.Destroy.self)
    let start = unsafe try find("DescribeTopics", Start.self)
    let result = unsafe try find("event_DescribeTopics_result", LateSymbol.Get.self)
    let topics = unsafe try find("DescribeTopics_result_topics", LateSymbol.GetList.self)
    let topicName = unsafe try find("TopicDescription_name", LateSymbol.GetText.self)
    let problem = unsafe try find("TopicDescription_error", LateSymbol.Get.self)
    let topicID = unsafe try find("TopicDescription_topic_id", LateSymbol.Get.self)
    let idText = unsafe try find("Uuid_base64str", LateSymbol.GetText.self)
    let operations = unsafe try find("TopicDescription_authorized_operations", GetOperations.self)
    let include = unsafe try find("AdminOptions_set_include_authorized_operations", Include.self)
    return unsafe try await operation("topicPermissions", deadline, .describeTopics) {
      client, options, queue throws(KafkaError) in
      try unsafe KafkaError.check(include(options, 1))
      let collection = unsafe names.withCStrings { unsafe make($0, names.count) }
      defer { unsafe destroy(collection) }
      unsafe start(client, collection, options, queue)
    } result: { event throws(KafkaError) in
      var count = 0
      let found = unsafe topics(result(event), &count)
      var answer: [String: TopicPermissions] = [:]
      for index in 0..<count {
        guard let topic = unsafe found?[index], let name = unsafe topicName(topic) else { continue }
        let text = unsafe String(cString: name)
        if var error = unsafe KafkaError(borrowing: problem(topic)) {
          error.topic = text
          throw error
        }
        answer[text] = unsafe TopicPermissions(
          id: idText(topicID(topic)).map { unsafe String(cString: $0) } ?? "", operations: Self.set(topic, operations))
      }
      return answer
    }
  }

  /// What this client may do with the cluster.
  public func clusterPermissions(deadline: Duration = .seconds(30)) async throws(KafkaError) -> Set<ACLOperation> {
    typealias Start = @convention(c) (OpaquePointer?, OpaquePointer?, OpaquePointer?) -> Void
    func find<Function>(_ name: String, _ type: Function.Type) throws(KafkaError) -> Function {
      try LateSymbol.find("rd_kafka_" + name, as: type, for: "asking for permissions", since: Self.since)
    }
    let start = unsafe try find("DescribeCluster", Start.self)
    let result = unsafe try find("event_DescribeCluster_result", LateSymbol.Get.self)
    let operations = unsafe try find("DescribeCluster_result_authorized_operations", GetOperations.self)
    let include = unsafe try find("AdminOptions_set_include_authorized_operations", Include.self)
    return unsafe try await operation("clusterPermissions", deadline, .describeCluster) {
      client, options, queue throws(KafkaError) in
      try unsafe KafkaError.check(include(options, 1))
      unsafe start(client, options, queue)
    } result: { event throws(KafkaError) in
      unsafe Self.set(result(event), operations)
    }
  }

  private typealias Include = @convention(c) (OpaquePointer?, Int32) -> OpaquePointer?
  private typealias GetOperations = @convention(c) (OpaquePointer?, UnsafeMutablePointer<Int>) -> UnsafePointer<UInt32>?

  private static func set(_ owner: OpaquePointer?, _ operations: GetOperations) -> Set<ACLOperation> {
    var count = 0
    let found = unsafe operations(owner, &count)
    return Set(
      (0..<count).compactMap { index in unsafe found.flatMap { unsafe ACLOperation(rawValue: Int32($0[index])) } })
  }
}
