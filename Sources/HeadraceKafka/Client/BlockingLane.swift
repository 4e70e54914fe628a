internal import HeadraceCore
internal import Synchronization

/// One thread for calls that block: jobs run one after another, off the cooperative pool. The thread starts with the first
/// job and ends with ``shutDown()``.
final class BlockingLane: Sendable {
  private struct State {
    var jobs: [@Sendable () -> Void] = []
    var isStarted = false
    var isShutDown = false
  }

  private let name: String
  private let state = Mutex(State())
  private let parker = Parker()

  init(name: String) { self.name = name }

  /// Whether its thread has something to do or had.
  var isStarted: Bool { state.withLock { $0.isStarted } }

  /// Jobs that wait for their turn.
  var waiting: Int { state.withLock { $0.jobs.count } }

  /// Runs `body` on the lane and waits for it, at most for `deadline`.
  ///
  /// `body` gets what is left of the deadline when its turn comes, in milliseconds, to pass on to the C call. When a call
  /// ignores that, the caller goes on after `grace`; the call itself is left to end on the lane. With `isCancellable` a caller whose task
  /// is cancelled goes on at once: for questions, not for what must be brought to an end also in a task that is cancelled.
  ///
  /// - Throws: what `body` throws; ``KafkaError/Code/deadlineExceeded``, ``KafkaError/Code/closed``, ``KafkaError/Code/cancelled``.
  func run<Result: Sendable>(
    _ what: String, deadline: Duration, grace: Duration = .milliseconds(500), isCancellable: Bool = false,
    _ body: @escaping @Sendable (_ timeout: Int32) throws(KafkaError) -> Result
  ) async throws(KafkaError) -> Result {
    if isCancellable, Task.isCancelled { throw KafkaError(.cancelled, "\(what): the task is cancelled") }
    let shot = OneShot<Swift.Result<Result, KafkaError>>()
    let start = ContinuousClock.now
    let accepted = submit {
      // Nobody waits for it any more.
      if shot.isSet { return }
      let left = deadline - (ContinuousClock.now - start)
      guard left > .zero else {
        shot.resume(
          returning: .failure(KafkaError(.deadlineExceeded, "\(what) was still waiting for its turn after \(deadline)"))
        )
        return
      }
      do throws(KafkaError) {
        shot.resume(returning: .success(try body(max(1, left.kafkaMilliseconds))))
      } catch {
        shot.resume(returning: .failure(error))
      }
    }
    guard accepted else { throw KafkaError(.closed, "\(what): the client is closed") }
    let timer = Task.detached {
      guard (try? await Task.sleep(for: deadline + grace)) != nil else { return }
      shot.resume(
        returning: .failure(
          KafkaError(
            .deadlineExceeded, "\(what) did not return within \(deadline)", isOutcomeUnknown: true))
      )
    }
    defer { timer.cancel() }
    guard isCancellable else { return try await shot.value().get() }
    return try await withTaskCancellationHandler {
      await shot.value()
    } onCancel: {
      shot.resume(
        returning: .failure(
          KafkaError(.cancelled, "\(what): the task was cancelled while it waited", isOutcomeUnknown: true)))
    }.get()
  }

  /// Runs `job` when its turn comes; `false` when the lane is shut down.
  @discardableResult
  func submit(_ job: @escaping @Sendable () -> Void) -> Bool {
    let (accepted, starts) = state.withLock { state in
      guard !state.isShutDown else { return (false, false) }
      state.jobs.append(job)
      defer { state.isStarted = true }
      return (true, !state.isStarted)
    }
    guard accepted else { return false }
    if starts { OSThread.detached(name: name) { [self] in loop() } }
    parker.unpark()
    return true
  }

  /// No further jobs; those that wait still run, then the thread ends.
  func shutDown() {
    state.withLock { $0.isShutDown = true }
    parker.unpark()
  }

  private func loop() {
    while true {
      let (jobs, ends) = state.withLock { state in
        defer { state.jobs = [] }
        return (state.jobs, state.isShutDown)
      }
      if jobs.isEmpty {
        if ends { return }
        parker.park()
        continue
      }
      for job in jobs { job() }
    }
  }
}
