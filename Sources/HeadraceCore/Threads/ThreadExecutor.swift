import Synchronization

/// A serial executor on a thread of its own: an actor that uses it may call C functions that block.
///
/// ``shutdown()`` ends the thread once every job that is queued has run; jobs that come later run on the caller's thread, so
/// that a task can never be left hanging.
public final class ThreadExecutor: SerialExecutor, TaskExecutor {
  private struct State {
    var jobs: [UnownedJob] = []
    var isStopped = false
  }

  private let state = Mutex(State())
  private let parker = Parker()

  /// Starts the thread; its name is cut to 15 bytes.
  public init(name: String) {
    let (state, parker) = (Unretained(self), parker)
    OSThread.detached(name: name) {
      // The thread keeps the executor alive until it is shut down.
      state.object.drain(parker)
    }
  }

  /// Queues a job. Any thread.
  public func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let isQueued = state.withLock { state in
      if !state.isStopped { state.jobs.append(job) }
      return !state.isStopped
    }
    if isQueued { parker.unpark() } else { unsafe job.runSynchronously(on: asUnownedSerialExecutor()) }
  }

  /// Ends the thread after the jobs that are queued. Any thread; returns at once.
  public func shutdown() {
    state.withLock { $0.isStopped = true }
    parker.unpark()
  }

  /// For actors: `nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }`.
  public func asUnownedSerialExecutor() -> UnownedSerialExecutor { unsafe UnownedSerialExecutor(ordinary: self) }

  private func drain(_ parker: Parker) {
    while true {
      let (jobs, isStopped) = state.withLock { state in
        defer { state.jobs.removeAll(keepingCapacity: true) }
        return (state.jobs, state.isStopped)
      }
      if jobs.isEmpty {
        if isStopped { return }
        parker.park()
      }
      for job in jobs { unsafe job.runSynchronously(on: asUnownedSerialExecutor()) }
    }
  }
}

/// Carries an object into the thread that will keep it alive.
private struct Unretained: Sendable {
  let object: ThreadExecutor
  init(_ object: ThreadExecutor) { self.object = object }
}
