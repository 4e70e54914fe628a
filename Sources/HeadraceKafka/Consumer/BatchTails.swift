/// The end of a batch in each partition that it has records of: one more than the last offset. Named by the handles of topics, so that
/// it costs nothing to make and keep; names are looked up by whoever asks.
struct BatchTails {
  /// A partition by its topic's handle.
  struct Place: Hashable {
    var topic: UInt
    var partition: Int32
    static let none = Place(topic: 0, partition: -1)
  }

  private(set) var topics: [KafkaBatch.TopicName] = []
  private var next: [Place: Int64] = [:]

  /// A run of records of one partition ends before `offset`; `name` is called for topics that are new.
  mutating func note(_ place: Place, next offset: Int64, name: () -> String) {
    guard next.updateValue(offset, forKey: place) == nil, !topics.contains(where: { $0.handle == place.topic }) else {
      return
    }
    topics.append(KafkaBatch.TopicName(handle: place.topic, name: name()))
  }

  /// There are no records of these partitions any more.
  mutating func drop(_ places: Set<TopicPartition>) {
    next = next.filter { place, _ in !places.contains(TopicPartition(name(of: place.topic), place.partition)) }
  }

  /// For each partition one more than the last offset, in order.
  var nextOffsets: [PartitionOffset] {
    next.map { place, offset in PartitionOffset(TopicPartition(name(of: place.topic), place.partition), offset) }
      .sorted { $0.topicPartition < $1.topicPartition }
  }

  private func name(of topic: UInt) -> String { topics.first { $0.handle == topic }?.name ?? "" }
}
