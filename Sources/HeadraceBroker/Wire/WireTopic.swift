/// A topic's name, and what a message says of some of its partitions: the shape that most messages share.
struct WireTopic<Partition: WireField & Sendable>: WireStruct {
  var name: String = ""
  var partitions: [Partition] = []

  mutating func fields(_ coder: inout some WireCoder) throws(WireError) {
    try coder.field(&name)
    try coder.field(&partitions)
  }
}

extension Array {
  /// An answer of the same topics and partitions, each partition's made from what was asked of it.
  func answered<Asked, Answer>(_ answer: (Asked) -> Answer) -> [WireTopic<Answer>] where Element == WireTopic<Asked> {
    map { WireTopic(name: $0.name, partitions: $0.partitions.map(answer)) }
  }
}
