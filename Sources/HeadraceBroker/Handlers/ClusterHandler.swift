import Glibc

/// Questions about nodes, disks and replicas: on one node most answers are short.
enum ClusterHandler {
  /// Kafka's number for asking a broker about brokers; 2 would ask about controllers.
  private static let brokersEndpoint: Int8 = 1

  static func describe(_ context: RequestContext, _ request: DescribeClusterAPI.Request) -> DescribeClusterAPI.Response
  {
    guard request.endpointType == brokersEndpoint else {
      return .init(
        error: request.endpointType == 2 ? .mismatchedEndpointType : .unsupportedEndpointType,
        message: "This endpoint is a broker.", endpointType: request.endpointType)
    }
    let node = context.core.nodeID
    return .init(
      clusterID: context.store.clusterId, controllerID: node,
      nodes: [.init(id: node, host: context.core.advertisedHost, port: Int32(context.core.port))])
  }

  static func logDirs(_ context: RequestContext, _ request: DescribeLogDirsAPI.Request) -> DescribeLogDirsAPI.Response {
    let topics: [(String, [Partition])]
    if let asked = request.topics {
      topics = asked.distinct(by: \.name).map { asked in
        (asked.name, asked.partitions.compactMap { context.store.partition(asked.name, $0) })
      }
    } else {
      topics = context.store.topics().map { ($0.name, $0.partitions) }
    }
    let folder = context.core.configuration.folder
    let space = diskSpace(folder)
    return .init(results: [
      .init(
        folder: folder,
        topics: topics.filter { !$0.1.isEmpty }.map { name, partitions in
          .init(name: name, partitions: partitions.map { .init(index: $0.index, size: $0.size) })
        }, totalBytes: space.total, usableBytes: space.usable)
    ])
  }

  /// Bytes of the file system that the data folder is on; -1 where it does not say.
  private static func diskSpace(_ folder: String) -> (total: Int64, usable: Int64) {
    var status = statvfs()
    guard unsafe statvfs(folder, &status) == 0 else { return (-1, -1) }
    let block = UInt64(status.f_frsize)
    return (
      Int64(clamping: UInt64(status.f_blocks).multipliedReportingOverflow(by: block).partialValue),
      Int64(clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: block).partialValue)
    )
  }

  /// The one node leads everything: nothing is ever elected. Asked about all partitions, only those are told for which
  /// there was an election: none of any topic.
  static func electLeaders(_ context: RequestContext, _ request: ElectLeadersAPI.Request) -> ElectLeadersAPI.Response {
    guard let topics = request.topics else {
      return .init(results: context.store.topics().map { .init(name: $0.name) })
    }
    return .init(
      results: topics.map { topic in
        .init(
          name: topic.name,
          partitions: topic.partitions.map { index in
            context.store.partition(topic.name, index) == nil
              ? .init(index: index, error: .unknownTopicOrPartition, message: "There is no such partition.")
              : .init(index: index, error: .electionNotNeeded, message: "The one node leads it.")
          })
      })
  }

  static func reassign(
    _ context: RequestContext, _ request: AlterPartitionReassignmentsAPI.Request
  ) -> AlterPartitionReassignmentsAPI.Response {
    let node = context.core.nodeID
    return .init(
      mayChangeReplicationFactor: request.mayChangeReplicationFactor,
      topics: request.topics.map { topic in
        .init(
          name: topic.name,
          partitions: topic.partitions.map { asked in
            guard context.store.partition(topic.name, asked.index) != nil else {
              return .init(index: asked.index, error: .unknownTopicOrPartition, message: "There is no such partition.")
            }
            guard let replicas = asked.replicas else {
              return .init(index: asked.index, error: .noReassignmentInProgress, message: "Nothing is being moved.")
            }
            guard replicas == [node] else {
              return .init(
                index: asked.index, error: .invalidReplicaAssignment, message: "The only node is \(node).")
            }
            return .init(index: asked.index)
          })
      })
  }
}
