internal import CUV
import Glibc
internal import HeadraceCore
import Synchronization

/// One libuv loop on a thread of its own, which tasks can be told to run on.
///
/// Everything of libuv belongs to that thread; other threads hand in closures with `execute`, or jobs by way of a
/// task's executor preference. Work that is handed in on the thread itself runs in the same turn of the loop. The loop
/// ends when `stop` was called and every handle has been closed.
@safe final class EventLoop: TaskExecutor, @unchecked Sendable {
  // Invariant of `@unchecked Sendable`: the handles, `readBuffer`, `onTick` and `isDraining` are touched on the loop's
  // thread alone once `start` returned; `uv_async_send`, the one function of libuv that any thread may call, is called
  // only under `queue`'s lock and only before `isClosed`, so never on a closing handle.
  private enum Work {
    case closure(@Sendable () -> Void)
    case job(UnownedJob)
  }

  private struct Queue {
    var work: [Work] = []
    var isClosed = false
    var thread: pthread_t?
  }

  let loop: UnsafeMutablePointer<uv_loop_t>
  private let async: UnsafeMutablePointer<uv_async_t>
  private let timer: UnsafeMutablePointer<uv_timer_t>
  /// Before and after the loop looks for events: what was handed in on the thread itself runs here.
  private let prepare: UnsafeMutablePointer<uv_prepare_t>
  private let check: UnsafeMutablePointer<uv_check_t>
  /// Libuv asks for a buffer and fills it before it asks again: one serves every socket of the loop.
  let readBuffer: UnsafeMutableRawBufferPointer
  private let queue = Mutex(Queue())
  private var isDraining = false
  private var onTick: (() -> Void)?
  private let finished = Mutex<(done: Bool, waiters: [CheckedContinuation<Void, Never>])>((false, []))

  static let readBufferSize = 64 << 10
  /// What runs in one go before the sockets have their turn again.
  private static let slice = 512

  /// Makes the loop; it runs after `start`.
  init() throws {
    unsafe loop = .allocate(capacity: 1)
    unsafe async = .allocate(capacity: 1)
    unsafe timer = .allocate(capacity: 1)
    unsafe prepare = .allocate(capacity: 1)
    unsafe check = .allocate(capacity: 1)
    unsafe readBuffer = .allocate(byteCount: Self.readBufferSize, alignment: 16)
    try LoopError.check(unsafe uv_loop_init(loop), "uv_loop_init")
    let this = unsafe Unmanaged.passUnretained(self).toOpaque()
    unsafe async.pointee.data = this
    unsafe timer.pointee.data = this
    unsafe prepare.pointee.data = this
    unsafe check.pointee.data = this
    try LoopError.check(
      unsafe uv_async_init(loop, async) { handle in
        guard let handle = unsafe handle else { return }
        unsafe EventLoop.from(handle.pointee.data).drainQueue()
      }, "uv_async_init")
    try LoopError.check(unsafe uv_timer_init(loop, timer), "uv_timer_init")
    try LoopError.check(unsafe uv_prepare_init(loop, prepare), "uv_prepare_init")
    try LoopError.check(unsafe uv_check_init(loop, check), "uv_check_init")
    _ = unsafe uv_prepare_start(prepare) { handle in
      guard let handle = unsafe handle else { return }
      unsafe EventLoop.from(handle.pointee.data).drainQueue()
    }
    _ = unsafe uv_check_start(check) { handle in
      guard let handle = unsafe handle else { return }
      unsafe EventLoop.from(handle.pointee.data).drainQueue()
    }
  }

  deinit {
    unsafe loop.deallocate()
    unsafe async.deallocate()
    unsafe timer.deallocate()
    unsafe prepare.deallocate()
    unsafe check.deallocate()
    unsafe readBuffer.deallocate()
  }

  private static func from(_ data: UnsafeMutableRawPointer) -> EventLoop {
    unsafe Unmanaged<EventLoop>.fromOpaque(data).takeUnretainedValue()
  }

  /// Runs the loop on a new thread until `stop`.
  func start(name: String) {
    let keepAlive = self
    OSThread.detached(name: name) {
      keepAlive.queue.withLock { $0.thread = pthread_self() }
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

  // MARK: Handing in work

  /// Runs a closure on the loop's thread, after what was handed in before. Any thread. Returns `false`, and never runs
  /// it, once the loop is stopping.
  @discardableResult
  func execute(_ work: @escaping @Sendable () -> Void) -> Bool { submit(.closure(work)) }

  /// Runs a task's job on the loop's thread. Once the loop is stopping the pool runs it: no task is left hanging, and
  /// none runs inside whoever resumed it.
  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    if !submit(.job(job)) { globalConcurrentExecutor.enqueue(job) }
  }

  private func submit(_ work: Work) -> Bool {
    queue.withLock { queue in
      guard !queue.isClosed else { return false }
      queue.work.append(work)
      // On the loop's own thread the work is found before the loop waits again.
      if queue.work.count == 1, queue.thread != pthread_self() { _ = unsafe uv_async_send(async) }
      return true
    }
  }

  private func drainQueue() {
    guard !isDraining else { return }
    isDraining = true
    defer { isDraining = false }
    var room = Self.slice
    while room > 0 {
      let work = queue.withLock { queue in
        defer { queue.work = [] }
        return queue.work
      }
      if work.isEmpty { return }
      for item in work { run(item) }
      room -= work.count
    }
    // More may have come; the sockets go first.
    queue.withLock { queue in
      if !queue.work.isEmpty, !queue.isClosed { _ = unsafe uv_async_send(async) }
    }
  }

  private func run(_ work: Work) {
    switch work {
    case .closure(let closure): closure()
    case .job(let job): unsafe job.runSynchronously(on: asUnownedTaskExecutor())
    }
  }

  // MARK: Loop's thread

  /// Milliseconds of a steady clock, as of this turn of the loop.
  var now: UInt64 { unsafe uv_now(loop) }

  /// Calls `tick` every so many milliseconds. Loop's thread.
  func tick(everyMilliseconds interval: UInt64, _ tick: @escaping () -> Void) {
    onTick = tick
    _ = unsafe uv_timer_start(
      timer,
      { handle in
        guard let handle = unsafe handle else { return }
        unsafe EventLoop.from(handle.pointee.data).onTick?()
      }, interval, interval)
  }

  /// Ends the loop once every other handle is closed. Loop's thread, once.
  func stop() {
    let rest = queue.withLock { queue in
      queue.isClosed = true
      defer { queue.work = [] }
      return queue.work
    }
    for work in rest { run(work) }
    onTick = nil
    unsafe async.withMemoryRebound(to: uv_handle_t.self, capacity: 1) { unsafe uv_close($0, nil) }
    unsafe timer.withMemoryRebound(to: uv_handle_t.self, capacity: 1) { unsafe uv_close($0, nil) }
    unsafe prepare.withMemoryRebound(to: uv_handle_t.self, capacity: 1) { unsafe uv_close($0, nil) }
    unsafe check.withMemoryRebound(to: uv_handle_t.self, capacity: 1) { unsafe uv_close($0, nil) }
  }
}
