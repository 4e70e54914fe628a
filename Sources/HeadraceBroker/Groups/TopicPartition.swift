/// A partition by name.
struct TopicPartition: Hashable, Sendable, Comparable {
  var topic: String
  var index: Int32

  static func < (left: Self, right: Self) -> Bool {
    left.topic == right.topic ? left.index < right.index : left.topic < right.topic
  }
}
