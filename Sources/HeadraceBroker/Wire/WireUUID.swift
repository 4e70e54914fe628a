/// Sixteen bytes that name a topic.
struct WireUUID: WireField, Hashable, Sendable {
  var high: Int64 = 0
  var low: Int64 = 0

  mutating func code(_ coder: inout some WireCoder) throws(WireError) {
    try coder.integer(&high)
    try coder.integer(&low)
  }
}
