/// What became of one partition, where an answer says no more than that.
struct WirePartitionOutcome: WireStruct {
  var index: Int32 = 0
  var error: ErrorCode = .none

  mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
    try coder.field(&index)
    try coder.field(&error)
  }
}
