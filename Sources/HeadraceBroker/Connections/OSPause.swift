import Glibc

/// A pause of the calling thread.
enum OSPause {
  static func milliseconds(_ count: UInt32) { usleep(count * 1_000) }
}
