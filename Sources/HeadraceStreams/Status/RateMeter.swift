internal import HeadraceCore
internal import Synchronization

/// The rate of a counter over the last ten seconds or so.
final class RateMeter: Sendable {
  private let marks = Mutex<[(time: MonotonicTime, count: Int)]>([])

  /// The counter's rate up to now, given what it stands at.
  func perSecond(_ count: Int, now: MonotonicTime = .now) -> Double {
    marks.withLock { marks in
      if marks.last.map({ now - $0.time > .milliseconds(500) }) ?? true { marks.append((now, count)) }
      while marks.count > 2, now - marks[0].time > .seconds(10) { marks.removeFirst() }
      guard let first = marks.first, now - first.time > .milliseconds(1) else { return 0 }
      return Double(count - first.count) / (now - first.time).seconds
    }
  }
}
