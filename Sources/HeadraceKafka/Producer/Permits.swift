internal import Synchronization

/// Room in the producer's queue: one permit a record, first come, first served.
///
/// Taking a permit that is there costs one compare-and-swap. Releases always go through the lock, so that a waiter can't miss
/// one: whoever finds no permit checks again with the lock held before it starts to wait.
///
/// Closing collects all permits. Since a record holds its permit from before it is given to librdkafka until its report was
/// handled, nobody touches the client any more once ``close()`` has them all.
final class Permits: Sendable {
  enum Denied: Error { case closed, cancelled }

  @safe private struct State {
    var waiters = FIFO<Waiter>()
    /// Those who hold a permit and wait for any release, since librdkafka's queue is full of bytes.
    var retries = unsafe FIFO<UnsafeContinuation<Void, Never>>()
    /// Those who wait for all permits to be back.
    var idle: [UnsafeContinuation<Void, Never>] = unsafe []
    /// Counts releases.
    var releases: UInt64 = 0
    var nextTicket: UInt64 = 0
    var isClosed = false
    /// What the closer has collected.
    var collected = 0
  }

  @safe private struct Waiter {
    var ticket: UInt64
    var continuation: UnsafeContinuation<Bool, Never>
  }

  let capacity: Int
  private let available: Atomic<Int>
  private let state = Mutex(State())

  init(capacity: Int) {
    self.capacity = capacity
    available = Atomic(capacity)
  }

  /// Permits that are taken.
  var inUse: Int {
    state.withLock { state in capacity - available.load(ordering: .acquiring) - state.collected }
  }

  /// Takes up to `count` permits if any is there, without waiting.
  @inline(__always)
  func tryAcquire(upTo count: Int = 1) -> Int {
    var current = available.load(ordering: .relaxed)
    while current > 0 {
      let taken = min(current, count)
      let (exchanged, original) = available.weakCompareExchange(
        expected: current, desired: current - taken, ordering: .acquiringAndReleasing)
      if exchanged { return taken }
      current = original
    }
    return 0
  }

  /// Takes a permit, waiting for one in turn.
  func acquire() async throws(Denied) {
    if tryAcquire() == 1 { return }
    let ticket = state.withLock { state in
      state.nextTicket += 1
      return state.nextTicket
    }
    let granted = await withTaskCancellationHandler {
      unsafe await withUnsafeContinuation { (continuation: UnsafeContinuation<Bool, Never>) in
        let answer = state.withLock { state -> Bool? in
          if state.isClosed || Task.isCancelled { return false }
          if state.waiters.isEmpty, tryAcquire() == 1 { return true }
          unsafe state.waiters.append(Waiter(ticket: ticket, continuation: continuation))
          return nil
        }
        if let answer { unsafe continuation.resume(returning: answer) }
      }
    } onCancel: {
      let waiter = state.withLock { state in state.waiters.removeFirst { $0.ticket == ticket } }
      unsafe waiter?.continuation.resume(returning: false)
    }
    guard granted else { throw state.withLock { $0.isClosed } ? .closed : .cancelled }
  }

  /// Whether ``close()`` was called.
  var isClosed: Bool { state.withLock { $0.isClosed } }

  /// How many releases there were; to be read before an attempt that may find librdkafka's queue full.
  var releases: UInt64 { state.withLock { $0.releases } }

  /// Waits for a release after `seen`, unless there was one already.
  func release(after seen: UInt64) async {
    unsafe await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
      let isPast = state.withLock { state in
        if state.releases != seen { return true }
        unsafe state.retries.append(continuation)
        return false
      }
      if isPast { unsafe continuation.resume() }
    }
  }

  /// Gives permits back.
  func release(_ count: Int) {
    guard count > 0 else { return }
    var granted: [UnsafeContinuation<Bool, Never>] = unsafe []
    var woken: [UnsafeContinuation<Void, Never>] = unsafe []
    state.withLock { state in
      state.releases &+= 1
      if state.isClosed {
        state.collected += count
        if state.collected == capacity { unsafe swap(&woken, &state.idle) }
      } else {
        var left = count
        while left > 0, let waiter = state.waiters.popFirst() {
          unsafe granted.append(waiter.continuation)
          left -= 1
        }
        if left > 0 {
          let now = available.wrappingAdd(left, ordering: .acquiringAndReleasing).newValue
          if now == capacity, unsafe !state.idle.isEmpty { unsafe swap(&woken, &state.idle) }
        }
      }
      while let retry = unsafe state.retries.popFirst() { unsafe woken.append(retry) }
    }
    unsafe granted.forEach { unsafe $0.resume(returning: true) }
    unsafe woken.forEach { unsafe $0.resume() }
  }

  /// Waits until all permits are back, for this moment or (after ``close()``) for ever.
  func waitUntilIdle() async {
    unsafe await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
      let isIdle = state.withLock { state in
        let free = state.isClosed ? state.collected : available.load(ordering: .acquiring)
        if free == capacity { return true }
        unsafe state.idle.append(continuation)
        return false
      }
      if isIdle { unsafe continuation.resume() }
    }
  }

  /// Nobody gets a permit any more; those who wait are refused.
  func close() {
    let refused = unsafe state.withLock { state -> [UnsafeContinuation<Bool, Never>] in
      guard !state.isClosed else { return unsafe [] }
      state.isClosed = true
      state.collected = tryAcquire(upTo: capacity)
      while true {
        let more = tryAcquire(upTo: capacity)
        if more == 0 { break }
        state.collected += more
      }
      var refused: [UnsafeContinuation<Bool, Never>] = unsafe []
      while let waiter = state.waiters.popFirst() { unsafe refused.append(waiter.continuation) }
      return unsafe refused
    }
    unsafe refused.forEach { unsafe $0.resume(returning: false) }
  }
}
