internal import FoundationEssentials
internal import Glibc
internal import HeadraceCore
internal import Synchronization

/// Times from records' log times to their commits, in a histogram of 2 % steps.
final class LatencyMeter: Sendable {
  private struct State {
    var buckets = [Int](repeating: 0, count: 1_200)
    var records = 0
    var first: MonotonicTime?
    var last = MonotonicTime.now
    var cpuAtFirst = 0.0
    var cpuAtLast = 0.0
  }

  struct Figures {
    var records: Int
    var seconds: Double
    var cpuSeconds: Double
    var p50: Double
    var p99: Double
  }

  private let state = Mutex(State())

  func began() {
    state.withLock { state in
      guard state.first == nil else { return }
      state.first = .now
      state.cpuAtFirst = ProcessUsage.now.cpuSeconds
    }
  }

  func record(_ event: CommitObservation) {
    switch event {
    case .firstRecord: began()
    case .committed(let times):
      let now = Date.now.milliseconds
      state.withLock { state in
        for time in times {
          let milliseconds = max(0.1, Double(now - time))
          let bucket = Int(log2(milliseconds * 10) / log2(1.02))
          state.buckets[min(max(0, bucket), state.buckets.count - 1)] += 1
        }
        state.records += times.count
        state.last = .now
        state.cpuAtLast = ProcessUsage.now.cpuSeconds
      }
    }
  }

  func figures() -> Figures {
    state.withLock { state in
      func percentile(_ share: Double) -> Double {
        var left = Int(Double(state.buckets.reduce(0, +)) * share)
        for (index, count) in state.buckets.enumerated() {
          left -= count
          if left < 0 { return (pow(1.02, Double(index) + 0.5) / 10 * 100).rounded() / 100 }
        }
        return 0
      }
      let seconds = state.first.map { (state.last - $0).seconds } ?? 0
      return Figures(
        records: state.records, seconds: seconds, cpuSeconds: max(0, state.cpuAtLast - state.cpuAtFirst),
        p50: percentile(0.5), p99: percentile(0.99))
    }
  }
}
