import Synchronization

/// Counts observations by size, e.g. seconds of a call. Any thread; one short lock an observation.
public final class Histogram: Sendable {
  /// Upper bounds in seconds from 0.5 ms to 60 s: wide enough for an append and for a model call.
  public static let seconds: [Double] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
  ]

  struct Snapshot: Sendable {
    var counts: [Int]
    var sum: Double
  }

  let bounds: [Double]
  private let state: Mutex<Snapshot>

  init(bounds: [Double]) {
    self.bounds = bounds
    self.state = Mutex(Snapshot(counts: Array(repeating: 0, count: bounds.count + 1), sum: 0))
  }

  /// Counts one observation, in the unit of the metric's name.
  public func observe(_ value: Double) {
    let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
    state.withLock {
      $0.counts[bucket] += 1
      $0.sum += value
    }
  }

  /// How many observations there were.
  public var count: Int { snapshot.counts.reduce(0, +) }

  var snapshot: Snapshot { state.withLock { $0 } }
}
