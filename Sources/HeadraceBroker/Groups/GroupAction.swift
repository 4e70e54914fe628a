/// What the state machine of a group asks its shell to do, in order.
enum GroupAction: Equatable, Sendable {
  /// Answer a parked JoinGroup.
  case answerJoin(WaiterToken, JoinAnswer)
  /// Answer a parked SyncGroup.
  case answerSync(WaiterToken, SyncAnswer)
  /// Generation, members and assignments must survive a crash before anything after this is answered.
  case persist
}

/// What a JoinGroup is told.
struct JoinAnswer: Equatable, Sendable {
  struct Member: Equatable, Sendable {
    var id: String
    var instance: String?
    var metadata: [UInt8]
  }

  var error: ErrorCode = .none
  var generation: Int32 = -1
  var protocolName = ""
  var leader = ""
  var member = ""
  var members: [Member] = []
}

/// What a SyncGroup is told.
struct SyncAnswer: Equatable, Sendable {
  var error: ErrorCode = .none
  var assignment: [UInt8] = []
}
