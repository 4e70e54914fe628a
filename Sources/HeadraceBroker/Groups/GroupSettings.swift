/// What groups are held to. Times are milliseconds.
struct GroupSettings: Sendable {
  /// How long the first rebalance of an empty group waits for more members. Kafka's default is 3 s, made for fleets
  /// that start together; one machine wants its consumer at once.
  var initialRebalanceDelay: Int64 = 0
  var sessionTimeouts: ClosedRange<Int64> = 6_000...1_800_000
  /// A member that joined but has not been part of a generation yet is given up after this.
  var newMemberTimeout: Int64 = 300_000
  var maximumMembers = 2_000
}
