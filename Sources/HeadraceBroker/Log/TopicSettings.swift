internal import Synchronization

/// What a topic and its partitions share: its configuration as of now. Partitions hold this and not their topic, which
/// holds them.
final class TopicSettings: Sendable {
  private let current: Mutex<TopicConfiguration>

  init(_ configuration: TopicConfiguration) { current = Mutex(configuration) }

  var configuration: TopicConfiguration { current.withLock { $0 } }
  func set(_ configuration: TopicConfiguration) { current.withLock { $0 = configuration } }
}
