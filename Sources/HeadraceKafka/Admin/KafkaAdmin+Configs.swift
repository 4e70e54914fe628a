internal import CRdkafka

extension KafkaAdmin {
  /// The settings of a topic, broker or group, by name.
  public func configs(
    of resource: ConfigResource, deadline: Duration = .seconds(30)
  ) async throws(KafkaError) -> [ConfigEntry] {
    unsafe try await operation("configs", deadline, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS) {
      client, options, queue throws(KafkaError) in
      var list: [OpaquePointer?] = unsafe [try resource.make()]
      defer { unsafe rd_kafka_ConfigResource_destroy(list[0]) }
      unsafe rd_kafka_DescribeConfigs(client, &list, 1, options, queue)
    } result: { event throws(KafkaError) in
      var count = 0
      let resources = unsafe rd_kafka_DescribeConfigs_result_resources(
        rd_kafka_event_DescribeConfigs_result(event), &count)
      guard count == 1, let found = unsafe resources?[0] else { return [] }
      unsafe try check(found)
      var entryCount = 0
      let entries = unsafe rd_kafka_ConfigResource_configs(found, &entryCount)
      return (0..<entryCount).compactMap { index in unsafe entries?[index].map(entry) }.sorted { $0.name < $1.name }
    }
  }

  /// Changes settings and leaves the others as they are.
  ///
  /// librdkafka below 2.2.0 can only replace all settings at once, so what is set is read first and written back with the
  /// changes: two such calls for the same resource at the same time may undo each other.
  ///
  /// - Parameters:
  ///   - resource: The topic or broker.
  ///   - set: Settings and their new values.
  ///   - remove: Settings that go back to their defaults.
  ///   - append: Items to add to settings that are lists; needs librdkafka ≥ 2.2.0.
  ///   - subtract: Items to take out of settings that are lists; needs librdkafka ≥ 2.2.0.
  ///   - deadline: How long the answer may take.
  public func alterConfigs(
    of resource: ConfigResource, set: [String: String] = [:], remove: [String] = [], append: [String: String] = [:],
    subtract: [String: String] = [:], deadline: Duration = .seconds(30)
  ) async throws(KafkaError) {
    if LibraryVersion.isAtLeast(2, 2, 0) {
      // The numbers of the protocol.
      var changes: [(name: String, kind: UInt32, value: String?)] = set.map { ($0.key, 0, $0.value) }
      changes += remove.map { ($0, 1, nil) }
      changes += append.map { ($0.key, 2, $0.value) }
      changes += subtract.map { ($0.key, 3, $0.value) }
      return try await alterIncrementally(resource, changes, deadline)
    }
    if !append.isEmpty || !subtract.isEmpty {
      try LibraryVersion.demand("changing items of a setting that is a list", 2, 2, 0)
    }
    var values: [String: String] = [:]
    for entry in try await configs(of: resource, deadline: deadline)
    where entry.source == resource.ownSource && !entry.isDefault {
      guard let value = entry.value else {
        throw KafkaError(
          .unsupported,
          "\(entry.name) is sensitive and would be lost: changing one setting beside it needs librdkafka ≥ 2.2.0")
      }
      values[entry.name] = value
    }
    for name in remove { values[name] = nil }
    values.merge(set) { $1 }
    let all = values
    unsafe try await operation("alterConfigs", deadline, RD_KAFKA_ADMIN_OP_ALTERCONFIGS) {
      client, options, queue throws(KafkaError) in
      let target = unsafe try resource.make()
      var list: [OpaquePointer?] = unsafe [target]
      defer { unsafe rd_kafka_ConfigResource_destroy(target) }
      for (name, value) in all { unsafe rd_kafka_ConfigResource_set_config(target, name, value) }
      unsafe rd_kafka_AlterConfigs(client, &list, 1, options, queue)
    } result: { event throws(KafkaError) in
      var count = 0
      let resources = unsafe rd_kafka_AlterConfigs_result_resources(rd_kafka_event_AlterConfigs_result(event), &count)
      if count == 1, let found = unsafe resources?[0] { unsafe try check(found) }
    }
  }

  private func alterIncrementally(
    _ resource: ConfigResource, _ changes: [(name: String, kind: UInt32, value: String?)], _ deadline: Duration
  ) async throws(KafkaError) {
    guard !changes.isEmpty else { return }
    typealias Add =
      @convention(c) (OpaquePointer?, UnsafePointer<CChar>, UInt32, UnsafePointer<CChar>?) -> OpaquePointer?
    typealias Start =
      @convention(c) (
        OpaquePointer?, UnsafeMutablePointer<OpaquePointer?>, Int, OpaquePointer?, OpaquePointer?
      ) -> Void
    func find<Function>(_ name: String, _ type: Function.Type) throws(KafkaError) -> Function {
      try LateSymbol.find("rd_kafka_" + name, as: type, for: "changing single settings", since: (2, 2, 0))
    }
    let add = unsafe try find("ConfigResource_add_incremental_config", Add.self)
    let start = unsafe try find("IncrementalAlterConfigs", Start.self)
    let result = unsafe try find("event_IncrementalAlterConfigs_result", LateSymbol.Get.self)
    let results = unsafe try find("IncrementalAlterConfigs_result_resources", LateSymbol.GetList.self)
    unsafe try await operation("alterConfigs", deadline, .incrementalAlterConfigs) {
      client, options, queue throws(KafkaError) in
      let target = unsafe try resource.make()
      var list: [OpaquePointer?] = unsafe [target]
      defer { unsafe rd_kafka_ConfigResource_destroy(target) }
      for change in changes {
        try unsafe KafkaError.check(add(target, change.name, change.kind, change.value))
      }
      unsafe start(client, &list, 1, options, queue)
    } result: { event throws(KafkaError) in
      var count = 0
      let resources = unsafe results(result(event), &count)
      if count == 1, let found = unsafe resources?[0] { unsafe try check(found) }
    }
  }
}

extension ConfigResource {
  /// The source of values that were set for the resource itself.
  var ownSource: ConfigEntry.Source {
    switch self {
    case .topic: .dynamicTopic
    case .broker: .dynamicBroker
    case .group: .unknown
    }
  }

  fileprivate func make() throws(KafkaError) -> OpaquePointer {
    let made: OpaquePointer? =
      switch self {
      case .topic(let name): unsafe rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name)
      case .broker(let id): unsafe rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_BROKER, String(id))
      case .group(let id): unsafe rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_GROUP, id)
      }
    guard let made = unsafe made else { throw KafkaError(.invalidArgument, "no such resource: \(self)") }
    return unsafe made
  }
}

private func check(_ resource: OpaquePointer) throws(KafkaError) {
  let code = unsafe rd_kafka_ConfigResource_error(resource)
  guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
  throw unsafe KafkaError(code, rd_kafka_ConfigResource_error_string(resource).map { unsafe String(cString: $0) })
}

private func entry(_ entry: OpaquePointer) -> ConfigEntry {
  let source: ConfigEntry.Source =
    switch unsafe rd_kafka_ConfigEntry_source(entry) {
    case RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG: .dynamicTopic
    case RD_KAFKA_CONFIG_SOURCE_DYNAMIC_BROKER_CONFIG: .dynamicBroker
    case RD_KAFKA_CONFIG_SOURCE_DYNAMIC_DEFAULT_BROKER_CONFIG: .dynamicDefaultBroker
    case RD_KAFKA_CONFIG_SOURCE_STATIC_BROKER_CONFIG: .staticBroker
    case RD_KAFKA_CONFIG_SOURCE_DEFAULT_CONFIG: .builtIn
    default: .unknown
    }
  return unsafe ConfigEntry(
    name: String(cString: rd_kafka_ConfigEntry_name(entry)),
    value: rd_kafka_ConfigEntry_value(entry).map { unsafe String(cString: $0) }, source: source,
    isDefault: unsafe rd_kafka_ConfigEntry_is_default(entry) == 1,
    isReadOnly: unsafe rd_kafka_ConfigEntry_is_read_only(entry) == 1,
    isSensitive: unsafe rd_kafka_ConfigEntry_is_sensitive(entry) == 1)
}
