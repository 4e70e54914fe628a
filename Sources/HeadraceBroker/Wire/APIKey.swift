/// The APIs of Kafka's protocol that this broker speaks, with the versions it advertises.
enum APIKey: Int16, CaseIterable, Sendable {
  case produce = 0
  case fetch = 1
  case listOffsets = 2
  case metadata = 3
  case offsetCommit = 8
  case offsetFetch = 9
  case findCoordinator = 10
  case joinGroup = 11
  case heartbeat = 12
  case leaveGroup = 13
  case syncGroup = 14
  case describeGroups = 15
  case listGroups = 16
  case apiVersions = 18
  case createTopics = 19
  case deleteTopics = 20
  case deleteRecords = 21
  case initProducerID = 22
  case addPartitionsToTransaction = 24
  case addOffsetsToTransaction = 25
  case endTransaction = 26
  case transactionOffsetCommit = 28
  case describeACLs = 29
  case createACLs = 30
  case deleteACLs = 31
  case describeConfigs = 32
  case alterConfigs = 33
  case describeLogDirs = 35
  case createPartitions = 37
  case deleteGroups = 42
  case electLeaders = 43
  case incrementalAlterConfigs = 44
  case alterPartitionReassignments = 45
  case listPartitionReassignments = 46
  case offsetDelete = 47
  case describeCluster = 60
  case describeProducers = 61
  case describeTransactions = 65
  case listTransactions = 66
  case consumerGroupHeartbeat = 68

  /// What ApiVersions says.
  var advertised: ClosedRange<Int16> {
    switch self {
    // Librdkafka turns compression off unless the range begins at 0; nobody sends 0 to 2, and Kafka refuses them too.
    case .produce: 0...7
    case .fetch: 4...11
    case .listOffsets: 1...7
    case .metadata: 0...8
    case .offsetCommit: 2...7
    case .offsetFetch: 1...7
    case .findCoordinator: 0...2
    case .joinGroup: 0...5
    case .heartbeat: 0...3
    case .leaveGroup: 0...3
    case .syncGroup: 0...3
    case .describeGroups: 0...4
    case .listGroups: 0...4
    case .apiVersions: 0...3
    case .createTopics: 2...4
    case .deleteTopics: 1...3
    case .deleteRecords: 0...1
    case .initProducerID: 0...4
    case .addPartitionsToTransaction: 0...2
    case .addOffsetsToTransaction: 0...2
    case .endTransaction: 0...2
    case .transactionOffsetCommit: 0...3
    case .describeACLs: 1...1
    case .createACLs: 1...1
    case .deleteACLs: 1...1
    case .describeConfigs: 1...3
    case .alterConfigs: 0...1
    case .createPartitions: 0...1
    case .deleteGroups: 0...1
    case .incrementalAlterConfigs: 0...0
    case .offsetDelete: 0...0
    case .describeLogDirs: 1...4
    case .electLeaders: 0...2
    case .alterPartitionReassignments: 0...1
    case .listPartitionReassignments: 0...0
    case .describeCluster: 0...1
    case .describeProducers: 0...0
    case .describeTransactions: 0...0
    case .listTransactions: 0...1
    case .consumerGroupHeartbeat: 0...1
    }
  }

  /// What is understood: as advertised, but for the versions that are advertised for a client's sake only.
  var served: ClosedRange<Int16> { self == .produce ? 3...7 : advertised }

  /// The first version with compact lengths and tagged fields, if one is served.
  private var firstFlexible: Int16 {
    switch self {
    case .apiVersions: 3
    case .offsetFetch: 6
    case .initProducerID: 2
    case .listGroups: 3
    case .listOffsets: 6
    case .describeLogDirs, .electLeaders: 2
    case .alterPartitionReassignments, .listPartitionReassignments, .describeCluster, .describeProducers,
      .describeTransactions, .listTransactions, .consumerGroupHeartbeat:
      0
    case .transactionOffsetCommit: 3
    default: .max
    }
  }

  func isFlexible(_ version: Int16) -> Bool { version >= firstFlexible }

  /// Whether the answer's header carries a tag byte: ApiVersions never does, for who asks cannot know the version.
  func hasFlexibleAnswerHeader(_ version: Int16) -> Bool { self != .apiVersions && isFlexible(version) }

  /// The name in logs and metrics: Kafka's.
  var name: String {
    switch self {
    case .produce: "Produce"
    case .fetch: "Fetch"
    case .listOffsets: "ListOffsets"
    case .metadata: "Metadata"
    case .offsetCommit: "OffsetCommit"
    case .offsetFetch: "OffsetFetch"
    case .findCoordinator: "FindCoordinator"
    case .joinGroup: "JoinGroup"
    case .heartbeat: "Heartbeat"
    case .leaveGroup: "LeaveGroup"
    case .syncGroup: "SyncGroup"
    case .describeGroups: "DescribeGroups"
    case .listGroups: "ListGroups"
    case .apiVersions: "ApiVersions"
    case .createTopics: "CreateTopics"
    case .deleteTopics: "DeleteTopics"
    case .deleteRecords: "DeleteRecords"
    case .initProducerID: "InitProducerId"
    case .addPartitionsToTransaction: "AddPartitionsToTxn"
    case .addOffsetsToTransaction: "AddOffsetsToTxn"
    case .endTransaction: "EndTxn"
    case .transactionOffsetCommit: "TxnOffsetCommit"
    case .describeACLs: "DescribeAcls"
    case .createACLs: "CreateAcls"
    case .deleteACLs: "DeleteAcls"
    case .describeConfigs: "DescribeConfigs"
    case .alterConfigs: "AlterConfigs"
    case .createPartitions: "CreatePartitions"
    case .deleteGroups: "DeleteGroups"
    case .incrementalAlterConfigs: "IncrementalAlterConfigs"
    case .offsetDelete: "OffsetDelete"
    case .describeLogDirs: "DescribeLogDirs"
    case .electLeaders: "ElectLeaders"
    case .alterPartitionReassignments: "AlterPartitionReassignments"
    case .listPartitionReassignments: "ListPartitionReassignments"
    case .describeCluster: "DescribeCluster"
    case .describeProducers: "DescribeProducers"
    case .describeTransactions: "DescribeTransactions"
    case .listTransactions: "ListTransactions"
    case .consumerGroupHeartbeat: "ConsumerGroupHeartbeat"
    }
  }
}
