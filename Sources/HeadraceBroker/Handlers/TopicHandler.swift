internal import HeadraceTelemetry

/// Making and deleting topics.
enum TopicHandler {
  static func isValidName(_ name: String) -> Bool {
    guard !name.isEmpty, name != ".", name != "..", name.utf8.count <= 249 else { return false }
    return name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
        true
      default: false
      }
    }
  }

  static func create(_ context: RequestContext, _ request: CreateTopicsAPI.Request) -> CreateTopicsAPI.Response {
    var counts: [String: Int] = [:]
    for topic in request.topics { counts[topic.name, default: 0] += 1 }
    var seen: Set<String> = []
    var response = CreateTopicsAPI.Response()
    for topic in request.topics {
      if counts[topic.name, default: 0] > 1 {
        // Named twice: one answer, and nothing is created.
        if seen.insert(topic.name).inserted {
          response.topics.append(
            .init(name: topic.name, error: .invalidRequest, message: "The request names this topic more than once."))
        }
        continue
      }
      let (error, message) = create(context, topic, validateOnly: request.validateOnly)
      response.topics.append(.init(name: topic.name, error: error, message: message))
    }
    return response
  }

  private static func create(
    _ context: RequestContext, _ topic: CreateTopicsAPI.Request.Topic, validateOnly: Bool
  ) -> (ErrorCode, String?) {
    let node = context.core.nodeID
    var partitions = topic.partitions
    if topic.assignments.isEmpty {
      if partitions == -1 { partitions = context.core.configuration.defaultPartitions }
      if isValidName(topic.name), context.store.topic(topic.name) != nil {
        return (.topicAlreadyExists, "Topic '\(topic.name)' already exists.")
      }
      if isValidName(topic.name), partitions < 1 {
        return (.invalidPartitions, "A topic has at least one partition.")
      }
      guard topic.replicationFactor == -1 || topic.replicationFactor == 1 || !isValidName(topic.name) else {
        return (.invalidReplicationFactor, "This broker is alone: the replication factor is 1.")
      }
    } else {
      guard topic.partitions == -1, topic.replicationFactor == -1 else {
        return (.invalidRequest, "Give assignments, or numbers of partitions and replicas, not both.")
      }
      let indexes = Set(topic.assignments.map(\.partition))
      guard indexes == Set(0..<Int32(topic.assignments.count)), topic.assignments.allSatisfy({ $0.brokers == [node] })
      else {
        return (.invalidReplicaAssignment, "Partitions are numbered from 0, and node \(node) holds them all.")
      }
      partitions = Int32(topic.assignments.count)
    }
    var configuration: [String: String] = [:]
    for entry in topic.configs {
      guard let value = entry.value else { return (.invalidConfig, "\(entry.name) has no value.") }
      configuration[entry.name] = value
    }
    do throws(LogError) {
      _ = try context.store.createTopic(
        topic.name, partitions: partitions, configuration: configuration, validateOnly: validateOnly)
      if !validateOnly {
        context.core.logger.info("topic created", [LogKeys.topic: topic.name, "partitions": "\(partitions)"])
      }
      return (.none, nil)
    } catch {
      return (ErrorCode(rawValue: error.code), error.message)
    }
  }

  static func delete(_ context: RequestContext, _ request: DeleteTopicsAPI.Request) -> DeleteTopicsAPI.Response {
    .init(
      topics: request.names.map { name in
        do throws(LogError) {
          try context.store.deleteTopic(name)
          context.core.groups.forget(topic: name)
          context.core.logger.info("topic deleted", [LogKeys.topic: name])
          return .init(name: name)
        } catch {
          return .init(name: name, error: ErrorCode(rawValue: error.code))
        }
      })
  }

  static func addPartitions(
    _ context: RequestContext, _ request: CreatePartitionsAPI.Request
  ) -> CreatePartitionsAPI.Response {
    var seen: Set<String> = []
    return .init(
      results: request.topics.map { asked in
        guard seen.insert(asked.name).inserted else {
          return .init(name: asked.name, error: .invalidRequest, message: "The request names this topic twice.")
        }
        guard let topic = context.store.topic(asked.name) else {
          return .init(name: asked.name, error: .unknownTopicOrPartition, message: "There is no such topic.")
        }
        let present = Int32(topic.partitions.count)
        guard asked.count > present else {
          return .init(
            name: asked.name, error: .invalidPartitions,
            message: "The topic has \(present) partitions: more can be added, none taken away.")
        }
        if let assignments = asked.assignments {
          guard assignments.count == Int(asked.count - present),
            assignments.allSatisfy({ $0.brokers == [context.core.nodeID] })
          else {
            return .init(
              name: asked.name, error: .invalidReplicaAssignment,
              message: "One assignment for each new partition, to node \(context.core.nodeID).")
          }
        }
        guard !request.validateOnly else { return .init(name: asked.name) }
        do throws(LogError) {
          try context.store.addPartitions(asked.name, total: asked.count)
          return .init(name: asked.name)
        } catch {
          return .init(name: asked.name, error: ErrorCode(rawValue: error.code), message: error.message)
        }
      })
  }
}
