internal import HeadraceTelemetry

/// From a request's bytes to its answer.
enum RequestDispatcher {
  enum Outcome {
    case answer(Answer)
    /// Nothing is answered, and the connection goes on.
    case silence
    /// The connection ends without an answer.
    case close
  }

  /// Handles one request on the connection's thread. `release` gives the frame's memory back; nothing borrowed from it
  /// may be touched after.
  static func handle(_ context: RequestContext, _ reader: inout WireReader, release: () -> Void) -> Outcome {
    do {
      let fault = context.core.faults.next(for: context.key)
      switch fault {
      case nil, .dropAfter, .crashAfter: break
      case .error(let code): return try refuse(context, &reader, ErrorCode(rawValue: code))
      case .notCoordinator: return try refuse(context, &reader, .notCoordinator)
      case .delay(let duration): FaultDelay.sleep(duration, context.core)
      case .dropBefore: return .close
      case .crashBefore:
        context.core.crash()
        return .close
      }
      let outcome = try route(context, &reader, release)
      switch fault {
      case .dropAfter: return .close
      case .crashAfter:
        context.core.crash()
        return .close
      default: return outcome
      }
    } catch {
      context.core.metrics.connectionsBroken.increment()
      context.core.logger.debug(
        "connection closed: malformed request", ["api": context.key.name, "reason": "\(error)"])
      return .close
    }
  }

  /// Reads a request, lets a handler answer it. Everything is copied out of the frame before the handler runs, so it may
  /// wait for long.
  private static func serve<API: WireAPI>(
    _: API.Type, _ context: RequestContext, _ reader: inout WireReader, _ release: () -> Void,
    _ body: (API.Request) throws(WireError) -> API.Response?
  ) throws(WireError) -> Outcome {
    var request = API.Request()
    try request.code(&reader)
    release()
    guard let response = try body(request) else { return .close }
    return .answer(try Answer(response, to: context.header, key: API.key))
  }

  private static func route(
    _ context: RequestContext, _ reader: inout WireReader, _ release: () -> Void
  ) throws(WireError) -> Outcome {
    switch context.key {
    case .produce: return try ProduceHandler.handle(context, &reader, release: release)
    case .fetch:
      var request = FetchAPI.Request()
      try request.code(&reader)
      release()
      let (response, slices) = FetchHandler(context: context, request: request).run()
      return .answer(try Answer(response, to: context.header, key: .fetch, slices: slices))
    case .apiVersions:
      if context.version > 3 || context.version < 0 {
        var header = context.header
        header.version = 0
        return .answer(try Answer(MetadataHandler.unsupportedVersion, to: header, key: .apiVersions))
      }
      return try serve(APIVersionsAPI.self, context, &reader, release) { _ in MetadataHandler.versions }
    case .listOffsets:
      return try serve(ListOffsetsAPI.self, context, &reader, release) { LogHandler.listOffsets(context, $0) }
    case .metadata:
      return try serve(MetadataAPI.self, context, &reader, release) { MetadataHandler.metadata(context, $0) }
    case .findCoordinator:
      return try serve(FindCoordinatorAPI.self, context, &reader, release) {
        MetadataHandler.findCoordinator(context, $0)
      }
    case .deleteRecords:
      return try serve(DeleteRecordsAPI.self, context, &reader, release) { LogHandler.deleteRecords(context, $0) }
    case .createTopics, .deleteTopics, .createPartitions, .describeConfigs, .alterConfigs, .incrementalAlterConfigs,
      .describeACLs, .createACLs, .deleteACLs:
      return try routeAdmin(context, &reader, release)
    case .describeCluster, .describeLogDirs, .electLeaders, .alterPartitionReassignments, .listPartitionReassignments,
      .describeProducers, .describeTransactions, .listTransactions:
      return try routeCluster(context, &reader, release)
    case .initProducerID, .addPartitionsToTransaction, .addOffsetsToTransaction, .endTransaction,
      .transactionOffsetCommit:
      return try routeTransaction(context, &reader, release)
    default: return try routeGroup(context, &reader, release)
    }
  }

  private static func routeAdmin(
    _ context: RequestContext, _ reader: inout WireReader, _ release: () -> Void
  ) throws(WireError) -> Outcome {
    switch context.key {
    case .createTopics:
      return try serve(CreateTopicsAPI.self, context, &reader, release) { TopicHandler.create(context, $0) }
    case .deleteTopics:
      return try serve(DeleteTopicsAPI.self, context, &reader, release) { TopicHandler.delete(context, $0) }
    case .createPartitions:
      return try serve(CreatePartitionsAPI.self, context, &reader, release) { TopicHandler.addPartitions(context, $0) }
    case .describeConfigs:
      return try serve(DescribeConfigsAPI.self, context, &reader, release) { ConfigHandler.describe(context, $0) }
    case .alterConfigs:
      return try serve(AlterConfigsAPI.self, context, &reader, release) { ConfigHandler.alter(context, $0) }
    case .incrementalAlterConfigs:
      return try serve(IncrementalAlterConfigsAPI.self, context, &reader, release) { ConfigHandler.change(context, $0) }
    case .describeACLs:
      return try serve(DescribeACLsAPI.self, context, &reader, release) {
        DescribeACLsAPI.failure($0, .securityDisabled)
      }
    case .createACLs:
      return try serve(CreateACLsAPI.self, context, &reader, release) { CreateACLsAPI.failure($0, .securityDisabled) }
    case .deleteACLs:
      return try serve(DeleteACLsAPI.self, context, &reader, release) { DeleteACLsAPI.failure($0, .securityDisabled) }
    default: return .close
    }
  }

  private static func routeCluster(
    _ context: RequestContext, _ reader: inout WireReader, _ release: () -> Void
  ) throws(WireError) -> Outcome {
    switch context.key {
    case .describeCluster:
      return try serve(DescribeClusterAPI.self, context, &reader, release) { ClusterHandler.describe(context, $0) }
    case .describeLogDirs:
      return try serve(DescribeLogDirsAPI.self, context, &reader, release) { ClusterHandler.logDirs(context, $0) }
    case .electLeaders:
      return try serve(ElectLeadersAPI.self, context, &reader, release) { ClusterHandler.electLeaders(context, $0) }
    case .alterPartitionReassignments:
      return try serve(AlterPartitionReassignmentsAPI.self, context, &reader, release) {
        ClusterHandler.reassign(context, $0)
      }
    case .listPartitionReassignments:
      return try serve(ListPartitionReassignmentsAPI.self, context, &reader, release) { _ in .init() }
    case .describeProducers:
      return try serve(DescribeProducersAPI.self, context, &reader, release) {
        TransactionHandler.describeProducers(context, $0)
      }
    case .describeTransactions:
      return try serve(DescribeTransactionsAPI.self, context, &reader, release) {
        TransactionHandler.describe(context, $0)
      }
    case .listTransactions:
      return try serve(ListTransactionsAPI.self, context, &reader, release) { TransactionHandler.list(context, $0) }
    default: return .close
    }
  }

  private static func routeTransaction(
    _ context: RequestContext, _ reader: inout WireReader, _ release: () -> Void
  ) throws(WireError) -> Outcome {
    switch context.key {
    case .initProducerID:
      return try serve(InitProducerIDAPI.self, context, &reader, release) {
        TransactionHandler.initialise(context, $0)
      }
    case .addPartitionsToTransaction:
      return try serve(AddPartitionsToTransactionAPI.self, context, &reader, release) {
        TransactionHandler.addPartitions(context, $0)
      }
    case .addOffsetsToTransaction:
      return try serve(AddOffsetsToTransactionAPI.self, context, &reader, release) {
        TransactionHandler.addOffsets(context, $0)
      }
    case .endTransaction:
      return try serve(EndTransactionAPI.self, context, &reader, release) { TransactionHandler.end(context, $0) }
    case .transactionOffsetCommit:
      return try serve(TransactionOffsetCommitAPI.self, context, &reader, release) {
        TransactionHandler.commitOffsets(context, $0)
      }
    default: return .close
    }
  }

  private static func routeGroup(
    _ context: RequestContext, _ reader: inout WireReader, _ release: () -> Void
  ) throws(WireError) -> Outcome {
    switch context.key {
    case .offsetCommit:
      return try serve(OffsetCommitAPI.self, context, &reader, release) { GroupHandler.commit(context, $0) }
    case .offsetFetch:
      return try serve(OffsetFetchAPI.self, context, &reader, release) { GroupHandler.fetch(context, $0) }
    case .joinGroup:
      return try serve(JoinGroupAPI.self, context, &reader, release) { GroupHandler.join(context, $0) }
    case .heartbeat:
      return try serve(HeartbeatAPI.self, context, &reader, release) { GroupHandler.heartbeat(context, $0) }
    case .leaveGroup:
      return try serve(LeaveGroupAPI.self, context, &reader, release) { GroupHandler.leave(context, $0) }
    case .syncGroup:
      return try serve(SyncGroupAPI.self, context, &reader, release) { GroupHandler.sync(context, $0) }
    case .describeGroups:
      return try serve(DescribeGroupsAPI.self, context, &reader, release) { GroupHandler.describe(context, $0) }
    case .listGroups:
      return try serve(ListGroupsAPI.self, context, &reader, release) { GroupHandler.list(context, $0) }
    case .deleteGroups:
      return try serve(DeleteGroupsAPI.self, context, &reader, release) { GroupHandler.delete(context, $0) }
    case .offsetDelete:
      return try serve(OffsetDeleteAPI.self, context, &reader, release) { GroupHandler.deleteOffsets(context, $0) }
    case .consumerGroupHeartbeat:
      return try serve(ConsumerGroupHeartbeatAPI.self, context, &reader, release) {
        ConsumerGroupHeartbeatAPI.failure($0, .unsupportedVersion)
      }
    default: return .close
    }
  }

  // MARK: Scripted errors

  private static func refuse(
    _ context: RequestContext, _ reader: inout WireReader, _ error: ErrorCode
  ) throws(WireError) -> Outcome {
    func answer<API: FailingAPI>(_: API.Type) throws(WireError) -> Outcome {
      var request = API.Request()
      try request.code(&reader)
      return .answer(try Answer(API.failure(request, error), to: context.header, key: API.key))
    }
    switch context.key {
    case .produce: return try answer(ProduceAPI.self)
    case .fetch: return try answer(FetchAPI.self)
    case .listOffsets: return try answer(ListOffsetsAPI.self)
    case .metadata: return try answer(MetadataAPI.self)
    case .offsetCommit: return try answer(OffsetCommitAPI.self)
    case .offsetFetch: return try answer(OffsetFetchAPI.self)
    case .findCoordinator: return try answer(FindCoordinatorAPI.self)
    case .joinGroup: return try answer(JoinGroupAPI.self)
    case .heartbeat: return try answer(HeartbeatAPI.self)
    case .leaveGroup: return try answer(LeaveGroupAPI.self)
    case .syncGroup: return try answer(SyncGroupAPI.self)
    case .describeGroups: return try answer(DescribeGroupsAPI.self)
    case .listGroups: return try answer(ListGroupsAPI.self)
    case .apiVersions: return try answer(APIVersionsAPI.self)
    case .createTopics: return try answer(CreateTopicsAPI.self)
    case .deleteTopics: return try answer(DeleteTopicsAPI.self)
    case .deleteRecords: return try answer(DeleteRecordsAPI.self)
    case .initProducerID: return try answer(InitProducerIDAPI.self)
    case .addPartitionsToTransaction: return try answer(AddPartitionsToTransactionAPI.self)
    case .addOffsetsToTransaction: return try answer(AddOffsetsToTransactionAPI.self)
    case .endTransaction: return try answer(EndTransactionAPI.self)
    case .transactionOffsetCommit: return try answer(TransactionOffsetCommitAPI.self)
    case .describeACLs: return try answer(DescribeACLsAPI.self)
    case .createACLs: return try answer(CreateACLsAPI.self)
    case .deleteACLs: return try answer(DeleteACLsAPI.self)
    case .describeConfigs: return try answer(DescribeConfigsAPI.self)
    case .alterConfigs: return try answer(AlterConfigsAPI.self)
    case .createPartitions: return try answer(CreatePartitionsAPI.self)
    case .deleteGroups: return try answer(DeleteGroupsAPI.self)
    case .incrementalAlterConfigs: return try answer(IncrementalAlterConfigsAPI.self)
    case .offsetDelete: return try answer(OffsetDeleteAPI.self)
    case .describeLogDirs: return try answer(DescribeLogDirsAPI.self)
    case .electLeaders: return try answer(ElectLeadersAPI.self)
    case .alterPartitionReassignments: return try answer(AlterPartitionReassignmentsAPI.self)
    case .listPartitionReassignments: return try answer(ListPartitionReassignmentsAPI.self)
    case .describeCluster: return try answer(DescribeClusterAPI.self)
    case .describeProducers: return try answer(DescribeProducersAPI.self)
    case .describeTransactions: return try answer(DescribeTransactionsAPI.self)
    case .listTransactions: return try answer(ListTransactionsAPI.self)
    case .consumerGroupHeartbeat: return try answer(ConsumerGroupHeartbeatAPI.self)
    }
  }
}
