/// A member of a classic group.
struct GroupMember: Hashable, Sendable {
  /// An assignor that the member offers, with what it says to whoever assigns.
  struct Offer: Hashable, Sendable {
    var name: String
    var metadata: [UInt8]
  }

  var id: String
  var instance: String?
  var clientID: String
  var clientHost: String
  var sessionTimeout: Int64
  var rebalanceTimeout: Int64
  var offers: [Offer]
  var assignment: [UInt8] = []

  /// The parked JoinGroup of this member.
  var join: WaiterToken?
  /// The parked SyncGroup of this member.
  var sync: WaiterToken?
  /// Joined, and has not been part of a generation yet.
  var isNew = false
  /// When the member is taken for dead; it does not run while a request of the member is parked.
  var deadline: Int64

  func metadata(for name: String) -> [UInt8] { offers.first { $0.name == name }?.metadata ?? [] }

  func offers(_ name: String) -> Bool { offers.contains { $0.name == name } }
}

/// Names one parked request towards the state machine.
struct WaiterToken: Hashable, Sendable {
  var rawValue: UInt64
}
