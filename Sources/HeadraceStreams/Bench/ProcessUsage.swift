internal import Glibc

/// CPU and memory of this process, as the kernel counts them.
struct ProcessUsage {
  var cpuSeconds: Double
  var maximumMemoryBytes: Int

  static var now: ProcessUsage {
    var usage = rusage()
    getrusage(__rusage_who_t(0), &usage)
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
    return ProcessUsage(
      cpuSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime), maximumMemoryBytes: Int(usage.ru_maxrss) << 10)
  }
}
