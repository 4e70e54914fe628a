internal import CUV
internal import HeadraceCore
import Synchronization

/// One libuv loop on a thread of its own.
///
/// Everything of libuv belongs to that thread; other threads hand in closures with `execute`. The loop ends when
/// `stop` was called and every handle has been closed.
@safe final class EventLoop: @unchecked Sendable {
  // Invariant of `@unchecked Sendable`: `loop`, `async`, `timer`, `readBuffer` and `onTick` are touched on the loop's
  // thread alone once `start` returned; `uv_async_send`, the one function of libuv that any thread may call, is called
  // only under `queue`'s lock and only before `isClosed`, so never on a closing handle.
  private struct Queue {
    var work: [@Sendable () -> Void] = []
    var isClosed = false
  }

  let loop: UnsafeMutablePointer<uv_loop_t>
  private let async: UnsafeMutablePointer<uv_async_t>
  private let timer: UnsafeMutablePointer<uv_timer_t>
  /// Libuv asks for a buffer and fills it before it asks again: one serves every socket of the loop.
  let readBuffer: UnsafeMutableRawBufferPointer
  private let queue = Mutex(Queue())
  private var onTick: (() -> Void)?
  private let finished = Mutex<(done: Bool, waiters: [CheckedContinuation<Void, Never>])>((false, []))

  static let readBufferSize = 64 << 10

  /// Makes the loop; it runs after `start`.
  init() throws {
    unsafe loop = .allocate(capacity: 1)
    unsafe async = .allocate(capacity: 1)
    unsafe timer = .allocate(capacity: 1)
    unsafe readBuffer = .allocate(byteCount: Self.readBufferSize, alignment: 16)
    try LoopError.check(unsafe uv_loop_init(loop), "uv_loop_init")
    unsafe async.pointee.data = Unmanaged.passUnretained(self).toOpaque()
    try LoopError.check(
      unsafe uv_async_init(loop, async) { handle in
        guard let handle = unsafe handle else { return }
        unsafe Unmanaged<EventLoop>.fromOpaque(handle.pointee.data).takeUnretainedValue().drainQueue()
      }, "uv_async_init")
    try LoopError.check(unsafe uv_timer_init(loop, timer), "uv_timer_init")
    unsafe timer.pointee.data = Unmanaged.passUnretained(self).toOpaque()
  }

  deinit {
    unsafe loop.deallocate()
    unsafe async.deallocate()
    unsafe timer.deallocate()
    unsafe readBuffer.deallocate()
  }

  /// Runs the loop on a new thread until `stop`.
  func start(name: String) {
    let keepAlive = self
    OSThread.detached(name: name) {
      _ = unsafe uv_run(keepAlive.loop, UV_RUN_DEFAULT)
      _ = unsafe uv_loop_close(keepAlive.loop)
      let waiters = keepAlive.finished.withLock { state in
        state.done = true
        defer { state.waiters = [] }
        return state.waiters
      }
      for waiter in waiters { waiter.resume() }
    }
  }

  /// Waits until the loop has ended.
  func ended() async {
    await withCheckedContinuation { continuation in
      let done = finished.withLock { state in
        if !state.done { state.waiters.append(continuation) }
        return state.done
      }
      if done { continuation.resume() }
    }
  }

  /// Runs a closure on the loop's thread, after those handed in before. Any thread. Returns `false`, and never runs
  /// it, once the loop is stopping.
  @discardableResult
  func execute(_ work: @escaping @Sendable () -> Void) -> Bool {
    queue.withLock { queue in
      guard !queue.isClosed else { return false }
      queue.work.append(work)
      if queue.work.count == 1 { _ = unsafe uv_async_send(async) }
      return true
    }
  }

  /// Milliseconds of a steady clock, as of this turn of the loop.
  var now: UInt64 { unsafe uv_now(loop) }

  /// Calls `tick` every so many milliseconds. Loop's thread.
  func tick(everyMilliseconds interval: UInt64, _ tick: @escaping () -> Void) {
    onTick = tick
    _ = unsafe uv_timer_start(
      timer,
      { handle in
        guard let handle = unsafe handle else { return }
        unsafe Unmanaged<EventLoop>.fromOpaque(handle.pointee.data).takeUnretainedValue().onTick?()
      }, interval, interval)
  }

  /// Ends the loop once every other handle is closed. Loop's thread, once.
  func stop() {
    let rest = queue.withLock { queue in
      queue.isClosed = true
      defer { queue.work = [] }
      return queue.work
    }
    for work in rest { work() }
    onTick = nil
    unsafe async.withMemoryRebound(to: uv_handle_t.self, capacity: 1) { unsafe uv_close($0, nil) }
    unsafe timer.withMemoryRebound(to: uv_handle_t.self, capacity: 1) { unsafe uv_close($0, nil) }
  }

  private func drainQueue() {
    let work = queue.withLock { queue in
      defer { queue.work = [] }
      return queue.work
    }
    for work in work { work() }
  }
}
