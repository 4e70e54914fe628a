import Glibc

/// Time since 1970.
enum WallClock {
  static func microseconds() -> Int64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
  }

  static func milliseconds() -> Int64 { microseconds() / 1_000 }
}
