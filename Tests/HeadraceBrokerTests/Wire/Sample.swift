@testable import HeadraceBroker

/// From a key to its API.
enum Sample {
  static func visit(_ key: APIKey, _ body: (any WireAPI.Type) throws -> Void) rethrows {
    let apis: [any WireAPI.Type] = [
      ProduceAPI.self, FetchAPI.self, ListOffsetsAPI.self, MetadataAPI.self, OffsetCommitAPI.self, OffsetFetchAPI.self,
      FindCoordinatorAPI.self, JoinGroupAPI.self, HeartbeatAPI.self, LeaveGroupAPI.self, SyncGroupAPI.self,
      DescribeGroupsAPI.self, ListGroupsAPI.self, APIVersionsAPI.self, CreateTopicsAPI.self, DeleteTopicsAPI.self,
      DeleteRecordsAPI.self, InitProducerIDAPI.self, AddPartitionsToTransactionAPI.self,
      AddOffsetsToTransactionAPI.self, EndTransactionAPI.self, TransactionOffsetCommitAPI.self, DescribeACLsAPI.self,
      CreateACLsAPI.self, DeleteACLsAPI.self, DescribeConfigsAPI.self, AlterConfigsAPI.self, CreatePartitionsAPI.self,
      DeleteGroupsAPI.self, IncrementalAlterConfigsAPI.self, OffsetDeleteAPI.self,
      DescribeLogDirsAPI.self, ElectLeadersAPI.self, AlterPartitionReassignmentsAPI.self,
      ListPartitionReassignmentsAPI.self, DescribeClusterAPI.self, DescribeProducersAPI.self,
      DescribeTransactionsAPI.self, ListTransactionsAPI.self, ConsumerGroupHeartbeatAPI.self,
    ]
    for api in apis where api.key == key { try body(api) }
  }

  /// A well-formed frame (without its size) for a seed.
  static func frame(_ key: APIKey, version: Int16, seed: UInt64) throws -> [UInt8] {
    var writer = WireWriter(version: version, flexible: key.isFlexible(version))
    try RequestHeader(
      key: key.rawValue, version: version, correlationID: Int32(truncatingIfNeeded: seed), clientID: "f"
    )
    .write(&writer)
    try visit(key) { api in try fill(api, version, seed, &writer) }
    return writer.bytes
  }

  private static func fill<API: WireAPI>(
    _: API.Type, _ version: Int16, _ seed: UInt64, _ writer: inout WireWriter
  ) throws {
    var filler = FillingCoder(version: version, flexible: API.key.isFlexible(version), seed: seed)
    var request = API.Request()
    try request.code(&filler)
    try request.code(&writer)
  }
}
