/// Who is here, and what it speaks.
enum MetadataHandler {
  static let versions = APIVersionsAPI.Response(
    ranges: APIKey.allCases.map {
      .init(key: $0.rawValue, minimum: $0.advertised.lowerBound, maximum: $0.advertised.upperBound)
    })

  /// The answer to an ApiVersions of a version that is not known: it says which are.
  static let unsupportedVersion = APIVersionsAPI.Response(
    error: .unsupportedVersion,
    ranges: [
      .init(
        key: APIKey.apiVersions.rawValue, minimum: APIKey.apiVersions.advertised.lowerBound,
        maximum: APIKey.apiVersions.advertised.upperBound)
    ])

  static func metadata(_ context: RequestContext, _ request: MetadataAPI.Request) -> MetadataAPI.Response {
    let node = context.core.nodeID
    var response = MetadataAPI.Response(
      brokers: [.init(id: node, host: context.core.advertisedHost, port: Int32(context.core.port))],
      clusterID: context.store.clusterId, controllerID: node)
    // Version 0 has no null: there no topics mean all.
    let isAll = request.topics.map { context.version == 0 && $0.isEmpty } ?? true
    if isAll {
      response.topics = context.store.topics().map { describe($0, node) }
    } else {
      response.topics = (request.topics ?? []).distinct(by: \.name).map { asked in
        if let topic = context.store.topic(asked.name) { return describe(topic, node) }
        if let created = createIfAllowed(context, request, asked.name) { return describe(created, node) }
        let isValid = TopicHandler.isValidName(asked.name)
        return .init(error: isValid ? .unknownTopicOrPartition : .invalidTopic, name: asked.name)
      }
    }
    return response
  }

  private static func createIfAllowed(
    _ context: RequestContext, _ request: MetadataAPI.Request, _ name: String
  ) -> Topic? {
    let configuration = context.core.configuration
    guard configuration.autoCreateTopics, request.allowAutoTopicCreation, TopicHandler.isValidName(name) else {
      return nil
    }
    do {
      return try context.store.createTopic(name, partitions: configuration.defaultPartitions)
    } catch {
      // Another connection may have been quicker.
      return context.store.topic(name)
    }
  }

  private static func describe(_ topic: Topic, _ node: Int32) -> MetadataAPI.Response.Topic {
    .init(
      name: topic.name,
      partitions: topic.partitions.map {
        .init(index: $0.index, leader: node, replicas: [node], inSyncReplicas: [node])
      })
  }

  static func findCoordinator(
    _ context: RequestContext, _ request: FindCoordinatorAPI.Request
  ) -> FindCoordinatorAPI.Response {
    guard request.keyType == 0 || request.keyType == 1 else {
      return .init(error: .invalidRequest, message: "A coordinator is for a group (0) or a transactional id (1).")
    }
    return .init(
      nodeID: context.core.nodeID, host: context.core.advertisedHost, port: Int32(context.core.port))
  }
}
