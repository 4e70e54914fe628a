internal import HeadraceKafka

/// What a view does when it meets the log: go on where it was, or begin anew.
enum ViewPlan: Sendable, Equatable {
  /// Read on from these places; those in `begun` were not read before.
  case resume(begun: [TopicPartition: ViewStore.Position])
  /// Throw everything away and read from these places.
  case rebuild(reason: String, from: [TopicPartition: ViewStore.Position])

  /// Decides.
  ///
  /// - Parameters:
  ///   - stored: What the view remembers: the cluster's id and its place in each partition.
  ///   - clusterID: The cluster it talks to.
  ///   - log: Where each partition begins and ends.
  static func decide(
    stored: (clusterID: String?, positions: [TopicPartition: ViewStore.Position]), clusterID: String,
    log: [TopicPartition: Watermarks]
  ) -> ViewPlan {
    let fresh = log.mapValues { ViewStore.Position(start: $0.low, next: $0.low) }
    guard let known = stored.clusterID else { return .rebuild(reason: "it is new", from: fresh) }
    guard known == clusterID else {
      return .rebuild(reason: "it was made from cluster \(known), this is \(clusterID)", from: fresh)
    }
    var begun: [TopicPartition: ViewStore.Position] = [:]
    for (partition, marks) in log.sorted(by: { $0.key < $1.key }) {
      guard let position = stored.positions[partition] else {
        begun[partition] = fresh[partition]
        continue
      }
      if position.next > marks.high {
        return .rebuild(
          reason: "\(partition) ends at \(marks.high), before its place at \(position.next)", from: fresh)
      }
      if position.next < marks.low {
        // Steps expire and are only passed over; a compacted topic begins later only when someone cut it.
        guard partition.topic == PlatformTopics.progress else {
          return .rebuild(
            reason: "\(partition) begins at \(marks.low), after its place at \(position.next)", from: fresh)
        }
        begun[partition] = fresh[partition]
      }
    }
    for partition in stored.positions.keys.sorted() where log[partition] == nil {
      return .rebuild(reason: "\(partition) is no longer there", from: fresh)
    }
    return .resume(begun: begun)
  }
}
