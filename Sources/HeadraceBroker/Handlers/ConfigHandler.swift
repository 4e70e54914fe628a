internal import HeadraceCore

/// Settings of topics, and what the broker itself was started with.
enum ConfigHandler {
  /// Kafka's numbers for what can be configured.
  private enum Resource {
    static let topic: Int8 = 2
    static let broker: Int8 = 4
  }

  /// Kafka's numbers for where a value comes from.
  private enum Source {
    static let topic: Int8 = 1
    static let broker: Int8 = 4
    static let standard: Int8 = 5
  }

  // MARK: Describe

  static func describe(
    _ context: RequestContext, _ request: DescribeConfigsAPI.Request
  ) -> DescribeConfigsAPI.Response {
    .init(
      results: request.resources.distinct(by: { "\($0.type) \($0.name)" }).map { resource in
        var result = DescribeConfigsAPI.Response.Result(type: resource.type, name: resource.name)
        switch resource.type {
        case Resource.topic:
          guard TopicHandler.isValidName(resource.name) else {
            result.error = .invalidTopic
            result.message = "'\(resource.name)' cannot be a topic."
            break
          }
          guard let topic = context.store.topic(resource.name) else {
            result.error = .unknownTopicOrPartition
            result.message = "There is no topic '\(resource.name)'."
            break
          }
          result.configs = configs(of: topic, request)
        case Resource.broker:
          guard resource.name == "\(context.core.nodeID)" || resource.name.isEmpty else {
            result.error = .invalidRequest
            result.message = "This is node \(context.core.nodeID)."
            break
          }
          // Without a name it is about settings that all brokers share: there are none.
          result.configs = resource.name.isEmpty ? [] : brokerConfigs(context)
        default:
          result.error = .invalidRequest
          result.message = "Topics (2) and the broker (4) have settings."
        }
        if let keys = resource.keys { result.configs.removeAll { !keys.contains($0.name) } }
        return result
      })
  }

  private static func configs(
    of topic: Topic, _ request: DescribeConfigsAPI.Request
  ) -> [DescribeConfigsAPI.Response.Result.Config] {
    let configuration = topic.configuration
    return TopicConfiguration.keys.map { key in
      var config = DescribeConfigsAPI.Response.Result.Config(name: key.name, type: key.type.rawValue)
      let (value, source) = configuration.value(key.name) ?? (key.defaultValue, .builtIn)
      config.value = value
      config.source =
        switch source {
        case .topic: Source.topic
        case .broker: Source.broker
        case .builtIn: Source.standard
        }
      if request.includeSynonyms {
        if config.source != Source.standard {
          config.synonyms.append(.init(name: key.name, value: value, source: config.source))
        }
        config.synonyms.append(.init(name: key.name, value: key.defaultValue, source: Source.standard))
      }
      if request.includeDocumentation { config.documentation = key.documentation }
      return config
    }
  }

  private static func brokerConfigs(
    _ context: RequestContext
  ) -> [DescribeConfigsAPI.Response.Result.Config] {
    let configuration = context.core.configuration
    let values: [(String, String, Int8)] = [
      ("auto.create.topics.enable", "\(configuration.autoCreateTopics)", 1),
      ("broker.id", "\(context.core.nodeID)", 3),
      ("group.initial.rebalance.delay.ms", "\(configuration.groupInitialRebalanceDelay.milliseconds)", 3),
      ("group.max.session.timeout.ms", "\(configuration.groupSessionTimeouts.upperBound.milliseconds)", 3),
      ("group.min.session.timeout.ms", "\(configuration.groupSessionTimeouts.lowerBound.milliseconds)", 3),
      ("listeners", "PLAINTEXT://\(context.core.advertisedHost):\(context.core.port)", 2),
      ("log.dirs", configuration.folder, 2),
      ("max.connections", "\(configuration.maximumConnections)", 3),
      ("node.id", "\(context.core.nodeID)", 3),
      ("num.partitions", "\(configuration.defaultPartitions)", 3),
      ("default.replication.factor", "1", 3),
      ("offset.metadata.max.bytes", "\(CommittedOffset.maximumMetadata)", 3),
      ("offsets.retention.minutes", "\(configuration.offsetRetention.milliseconds / 60_000)", 3),
      ("socket.request.max.bytes", "\(configuration.maximumRequestBytes)", 3),
      ("transaction.max.timeout.ms", "\(configuration.maximumTransactionTimeout.milliseconds)", 3),
    ]
    return values.sorted { $0.0 < $1.0 }.map { name, value, type in
      .init(name: name, value: value, isReadOnly: true, source: Source.broker, type: type)
    }
  }

  // MARK: Alter

  /// Replaces all settings of topics.
  static func alter(_ context: RequestContext, _ request: AlterConfigsAPI.Request) -> AlterConfigsAPI.Response {
    .init(
      results: request.resources.map { resource in
        var overrides: [String: String] = [:]
        for config in resource.configs {
          if let value = config.value { overrides[config.name] = value }
        }
        let (error, message) = set(context, resource.type, resource.name, validateOnly: request.validateOnly) { _ in
          .success(overrides)
        }
        return .init(error: error, message: message, type: resource.type, name: resource.name)
      })
  }

  /// Changes single settings of topics.
  static func change(
    _ context: RequestContext, _ request: IncrementalAlterConfigsAPI.Request
  ) -> IncrementalAlterConfigsAPI.Response {
    .init(
      results: request.resources.map { resource in
        let (error, message) = set(context, resource.type, resource.name, validateOnly: request.validateOnly) {
          configuration in changed(configuration, resource.configs)
        }
        return .init(error: error, message: message, type: resource.type, name: resource.name)
      })
  }

  private struct Refusal: Error {
    var code: ErrorCode
    var message: String
  }

  private static func changed(
    _ configuration: TopicConfiguration, _ changes: [IncrementalAlterConfigsAPI.Request.Config]
  ) -> Result<[String: String], Refusal> {
    var overrides = configuration.overrides
    var seen: Set<String> = []
    for change in changes {
      guard seen.insert(change.name).inserted else {
        return .failure(Refusal(code: .invalidRequest, message: "\(change.name) is named twice."))
      }
      switch change.operation {
      case 0:
        guard let value = change.value else {
          return .failure(Refusal(code: .invalidRequest, message: "\(change.name) has no value."))
        }
        overrides[change.name] = value
      case 1: overrides[change.name] = nil
      case 2, 3:
        guard let key = TopicConfiguration.keys.first(where: { $0.name == change.name }), key.type == .list else {
          return .failure(
            Refusal(
              code: .invalidConfig, message: "\(change.name) is not a list: nothing can be appended or taken away."))
        }
        let present = configuration.value(change.name)?.value ?? key.defaultValue
        var items = present.split(separator: ",").map(String.init)
        let named = (change.value ?? "").split(separator: ",").map(String.init)
        items.removeAll { named.contains($0) }
        if change.operation == 2 { items += named }
        overrides[change.name] = items.joined(separator: ",")
      default:
        return .failure(Refusal(code: .invalidRequest, message: "Operation \(change.operation) is not known."))
      }
    }
    return .success(overrides)
  }

  private static func set(
    _ context: RequestContext, _ type: Int8, _ name: String, validateOnly: Bool,
    _ overrides: (TopicConfiguration) -> Result<[String: String], Refusal>
  ) -> (ErrorCode, String?) {
    guard type == Resource.topic else {
      return (.invalidRequest, "Only topics' settings can be changed; the broker's are given at its start.")
    }
    guard let topic = context.store.topic(name) else {
      return (.unknownTopicOrPartition, "There is no topic '\(name)'.")
    }
    switch overrides(topic.configuration) {
    case .failure(let refusal): return (refusal.code, refusal.message)
    case .success(let overrides):
      do throws(LogError) {
        if validateOnly {
          _ = try TopicConfiguration(overrides: overrides)
        } else {
          try context.store.setConfiguration(name, overrides)
        }
        return (.none, nil)
      } catch {
        return (ErrorCode(rawValue: error.code), error.message)
      }
    }
  }
}
