internal import HeadraceCore
internal import Synchronization

/// Waits of a benchmark's handlers, on one thread with a wheel of milliseconds: as a client with one loop for all of its
/// connections would be waited for. A `Task.sleep` for each call costs more than everything that is to be measured.
final class BenchTimer: Sendable {
  private typealias Waiter = UnsafeContinuation<Void, Never>

  private struct State {
    var wheel: [[Waiter]] = Array(repeating: [], count: BenchTimer.size)
    /// Everything due up to this millisecond has been woken.
    var position: Int64
    var waiting = 0
    var isOver = false
  }

  private static let size = 4_096
  private let state: Mutex<State>
  private let parker = Parker()

  init() {
    state = Mutex(State(position: Self.now))
    OSThread.detached(name: "bench-timer") { [self] in turn() }
  }

  /// Ends the thread once nobody waits.
  func close() {
    state.withLock { $0.isOver = true }
    parker.unpark()
  }

  /// Returns after at least so many milliseconds, and about one more at most.
  func wait(milliseconds: Double) async {
    if milliseconds <= 0 { return }
    guard milliseconds < Double(Self.size / 2) else {
      try? await Task.sleep(for: .nanoseconds(Int64(milliseconds * 1e6)))
      return
    }
    await withUnsafeContinuation { (continuation: Waiter) in
      let isFirst = state.withLock { state -> Bool in
        let due = Int64((Double(MonotonicTime.now.nanoseconds) / 1e6 + milliseconds).rounded(.up))
        if state.waiting == 0 { state.position = max(state.position, Self.now - 1) }
        // Late by a turn of the wheel at most when the thread was held up: never lost.
        state.wheel[Int(max(due, state.position + 1)) & (Self.size - 1)].append(continuation)
        state.waiting += 1
        return state.waiting == 1
      }
      if isFirst { parker.unpark() }
    }
  }

  private static var now: Int64 { MonotonicTime.now.nanoseconds / 1_000_000 }

  private func turn() {
    while true {
      let (due, isIdle, isOver) = state.withLock { state -> ([Waiter], Bool, Bool) in
        var due: [Waiter] = []
        let now = Self.now
        while state.position < now, state.waiting > due.count {
          state.position += 1
          let place = Int(state.position) & (Self.size - 1)
          due += state.wheel[place]
          state.wheel[place].removeAll(keepingCapacity: true)
        }
        state.waiting -= due.count
        return (due, state.waiting == 0, state.isOver)
      }
      for waiter in due { waiter.resume() }
      if isIdle {
        if isOver { return }
        parker.park()
      } else {
        _ = parker.park(until: MonotonicTime(nanoseconds: (Self.now + 1) * 1_000_000))
      }
    }
  }
}
