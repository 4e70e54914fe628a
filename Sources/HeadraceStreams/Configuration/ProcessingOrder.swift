/// Which records wait for one another.
public enum ProcessingOrder: String, Sendable, Hashable, Codable, CaseIterable {
  /// Records of one key one at a time, in offset order; other keys never wait for them. Records without a key wait for
  /// nobody.
  case key
  /// Records of one partition one at a time, in offset order.
  case partition
  /// No record waits for another.
  case none
}
