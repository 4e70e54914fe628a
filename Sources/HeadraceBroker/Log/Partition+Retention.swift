internal import HeadraceTelemetry

extension Partition {
  /// Lets go of the oldest segments: those whose youngest record is too old, and those that are too many bytes. The
  /// last one goes too when it is old: the log is empty then, and goes on at its end.
  func applyRetention() throws(LogError) {
    let configuration = settings.configuration
    let now = environment.now()
    let isDue = lock.withLock { retentionTarget(configuration, now: now) > startOffset }
    guard isDue else { return }
    let (_, removal) = try moveStart { () throws(LogError) in self.retentionTarget(configuration, now: now) }
    try removal.finish()
    environment.metrics.removedBytes.increment(by: Int(removal.bytes))
  }

  /// Where the log should start. The lock is held.
  private func retentionTarget(_ configuration: TopicConfiguration, now: Int64) -> Int64 {
    var target = startOffset
    // What is still undecided stays, as does what is not durable.
    let candidates = segments.prefix { $0.nextOffset <= stableWatermark }
    if configuration.retentionMilliseconds >= 0 {
      let horizon = now - configuration.retentionMilliseconds
      for segment in candidates {
        guard segment.maxTimestamp >= 0 ? segment.maxTimestamp < horizon : segment.size == 0 else { break }
        target = segment.nextOffset
      }
    }
    if configuration.retentionBytes >= 0 {
      var excess = segments.reduce(0) { $0 + $1.size } - configuration.retentionBytes
      for segment in candidates {
        excess -= segment.size
        guard excess >= 0 else { break }
        target = max(target, segment.nextOffset)
      }
    }
    return target
  }

  func expireProducers(silentFor duration: Duration) {
    let horizon = environment.now() - duration.components.seconds * 1000
    lock.withLock { producers.expire(before: horizon) }
  }

  /// Closes files of segments that nobody used since the last call; they are opened again on use.
  func closeIdleFiles() {
    lock.withLock {
      for segment in segments.dropLast() where segment.file != nil && !segment.isDirty {
        if segment.wasUsed {
          segment.wasUsed = false
        } else {
          segment.file = nil
          if segment.index.persistedEntries > 0 {
            segment.index = SegmentIndex()
            segment.isIndexLoaded = false
          }
        }
      }
    }
  }

  /// Which of `names` in the topic's folder are this partition's, but of none of its segments.
  func strangers(_ names: [String]) -> [String] { lock.withLock { strangersWhileLocked(names) } }

  /// Removes them. A stranger's name can be that of the next segment: so this happens at once, with the lock held.
  func sweep(_ names: [String]) {
    lock.withLock {
      for name in strangersWhileLocked(names) {
        environment.remove(environment.folder(of: topicId) + "/" + name, isFolder: false)
      }
    }
  }

  private func strangersWhileLocked(_ names: [String]) -> [String] {
    if deleted { return [] }
    let folder = environment.folder(of: topicId) + "/"
    let known = Set(segments.flatMap { [path(of: $0), indexPath(of: $0)] })
    return names.filter { $0.hasPrefix("\(index)-") && !known.contains(folder + $0) }
  }
}
