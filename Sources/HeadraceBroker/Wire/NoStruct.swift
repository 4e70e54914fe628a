/// A structure that may be null, and always is.
struct NoStruct: WireField, Hashable, Sendable {
  mutating func code(_ coder: inout some WireCoder) throws(WireError) {
    var presence: Int8 = -1
    try coder.integer(&presence)
  }
}
