import Glibc
import Synchronization

/// What this process has used.
enum Process {
  private static let memory = open("/proc/self/statm", O_RDONLY)

  /// Seconds of processor, over all threads.
  static func processorSeconds() -> Double {
    var usage = rusage()
    getrusage(__rusage_who_t(0), &usage)
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
    return seconds(usage.ru_utime) + seconds(usage.ru_stime)
  }

  /// Megabytes in memory now. One read of an open file: looking often must not show in what is measured.
  static func residentMegabytes() -> Double {
    var text = [UInt8](repeating: 0, count: 128)
    let count = pread(memory, &text, 128, 0)
    guard count > 0 else { return 0 }
    let words = text[..<count].split(separator: UInt8(ascii: " "))
    return (words.count > 1 ? Double(String(decoding: words[1], as: UTF8.self)) ?? 0 : 0) * 4_096 / 1e6
  }
}

/// The most memory seen.
final class PeakMemory: Sendable {
  private let most = Mutex(0.0)

  var megabytes: Double { most.withLock { $0 } }

  /// Looks every 10 ms.
  func watch(for duration: Duration) async {
    let end = ContinuousClock.now + duration
    while ContinuousClock.now < end {
      let now = Process.residentMegabytes()
      most.withLock { $0 = max($0, now) }
      try? await Task.sleep(for: .milliseconds(10))
    }
  }
}
