import Glibc

/// A time of the system's monotonic clock, for threads: `CLOCK_MONOTONIC`, which pthread conditions wait by.
public struct MonotonicTime: Sendable, Hashable, Comparable {
  /// Nanoseconds since some point before the process started.
  public var nanoseconds: Int64

  /// Makes a time.
  public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  /// The time now; costs some 25 ns.
  public static var now: MonotonicTime {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return MonotonicTime(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }

  /// A time later by `duration`.
  public static func + (time: MonotonicTime, duration: Duration) -> MonotonicTime {
    MonotonicTime(nanoseconds: time.nanoseconds &+ duration.nanoseconds)
  }

  /// The duration between two times.
  public static func - (later: MonotonicTime, earlier: MonotonicTime) -> Duration {
    .nanoseconds(later.nanoseconds - earlier.nanoseconds)
  }

  /// Orders by time.
  public static func < (left: MonotonicTime, right: MonotonicTime) -> Bool { left.nanoseconds < right.nanoseconds }
}

extension Duration {
  /// The whole nanoseconds in it; durations beyond 292 years are cut to that.
  public var nanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    guard !overflow else { return seconds < 0 ? .min : .max }
    return product.addingReportingOverflow(attoseconds / 1_000_000_000).partialValue
  }

  /// The whole milliseconds in it.
  public var milliseconds: Int64 { nanoseconds / 1_000_000 }

  /// Seconds with their fraction.
  public var seconds: Double { Double(nanoseconds) / 1e9 }
}
