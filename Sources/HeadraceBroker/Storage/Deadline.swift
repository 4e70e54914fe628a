internal import Glibc

/// A point on the monotonic clock until which something may wait.
struct Deadline: Sendable, Comparable {
  /// Nanoseconds of CLOCK_MONOTONIC.
  let nanoseconds: Int64

  /// Waits without end.
  static let never = Deadline(nanoseconds: .max)

  static func after(_ duration: Duration) -> Deadline {
    let (seconds, attoseconds) = duration.components
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    guard !overflow else { return seconds < 0 ? Deadline(nanoseconds: 0) : .never }
    let (sum, tooFar) = now.nanoseconds.addingReportingOverflow(product + attoseconds / 1_000_000_000)
    return tooFar ? .never : Deadline(nanoseconds: sum)
  }

  static var now: Deadline {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Deadline(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }

  var hasPassed: Bool { self != .never && self <= .now }

  /// Zero once the deadline has passed.
  var remaining: Duration {
    self == .never ? .seconds(Int64.max / 4) : .nanoseconds(max(0, nanoseconds - Deadline.now.nanoseconds))
  }

  static func < (left: Deadline, right: Deadline) -> Bool { left.nanoseconds < right.nanoseconds }
}
