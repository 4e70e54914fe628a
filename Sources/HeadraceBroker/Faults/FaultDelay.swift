import Glibc
internal import HeadraceCore
import Synchronization

/// A scripted wait; it ends when the broker stops.
enum FaultDelay {
  static func sleep(_ duration: Duration, _ core: BrokerCore) {
    let end = MonotonicTime.now + duration
    while MonotonicTime.now < end, !core.isStopping.load(ordering: .acquiring) {
      usleep(useconds_t(clamping: min(20_000, (end - MonotonicTime.now).nanoseconds / 1_000)))
    }
  }
}
