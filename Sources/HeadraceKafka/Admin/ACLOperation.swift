/// What an ``ACLBinding`` lets do or forbids.
public enum ACLOperation: Int32, Sendable, Hashable, CaseIterable {
  /// Everything.
  case all = 2
  /// Reading records, joining groups, committing.
  case read = 3
  /// Writing records.
  case write = 4
  /// Creating.
  case create = 5
  /// Deleting.
  case delete = 6
  /// Changing.
  case alter = 7
  /// Describing.
  case describe = 8
  /// What brokers do among themselves.
  case clusterAction = 9
  /// Reading configurations.
  case describeConfigs = 10
  /// Changing configurations.
  case alterConfigs = 11
  /// Writing with idempotence, where the broker still asks for it.
  case idempotentWrite = 12
}
