internal import HeadraceCore

/// One thread that runs what is due: time-outs of groups and transactions, expiry. What it runs must not block for long.
final class TimerThread: @unchecked Sendable {
  private struct Entry {
    var time: MonotonicTime
    var body: @Sendable () -> Void
  }

  // Invariant: heap and flag are touched under the condition's lock only; `thread` by start and stop only, which the
  // broker calls one after the other.
  private let condition = Condition()
  private var heap: [Entry] = []
  private var isStopped = false
  private var thread: OSThread?

  func start() {
    thread = OSThread(name: "broker-timer") { [self] in run() }
  }

  /// Runs `body` once at `time` or soon after. Any thread.
  func schedule(at time: MonotonicTime, _ body: @escaping @Sendable () -> Void) {
    let isFirst = condition.withLock {
      heap.append(Entry(time: time, body: body))
      return siftUp(heap.count - 1) == 0
    }
    if isFirst { condition.signal() }
  }

  func schedule(after duration: Duration, _ body: @escaping @Sendable () -> Void) {
    schedule(at: MonotonicTime.now + duration, body)
  }

  /// Ends the thread; what is not due yet never runs.
  func stop() {
    condition.withLock { isStopped = true }
    condition.signal()
    thread?.join()
    thread = nil
  }

  private func run() {
    SignalMask.blockBrokenPipe()
    condition.lock()
    while !isStopped {
      guard let first = heap.first else {
        condition.wait()
        continue
      }
      if first.time > MonotonicTime.now {
        _ = condition.wait(until: first.time)
        continue
      }
      removeFirst()
      condition.unlock()
      first.body()
      condition.lock()
    }
    heap = []
    condition.unlock()
  }

  @discardableResult
  private func siftUp(_ start: Int) -> Int {
    var index = start
    while index > 0 {
      let parent = (index - 1) / 2
      guard heap[index].time < heap[parent].time else { break }
      heap.swapAt(index, parent)
      index = parent
    }
    return index
  }

  private func removeFirst() {
    heap.swapAt(0, heap.count - 1)
    heap.removeLast()
    var index = 0
    while true {
      var least = index
      for child in [2 * index + 1, 2 * index + 2] where child < heap.count && heap[child].time < heap[least].time {
        least = child
      }
      guard least != index else { return }
      heap.swapAt(index, least)
      index = least
    }
  }
}
