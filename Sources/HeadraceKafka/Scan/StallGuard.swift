internal import Synchronization

/// Closes a consumer whose reader has waited too long, which ends the wait.
final class StallGuard: Sendable {
  private let patience: Duration
  private let timer: Task<Void, Never>
  private let shared: Shared

  /// What the timer's task holds.
  private final class Shared: Sendable {
    let waitingSince = Mutex<ContinuousClock.Instant?>(nil)
  }

  init(_ consumer: KafkaConsumer, _ patience: Duration) {
    self.patience = patience
    let shared = Shared()
    self.shared = shared
    timer = Task.detached {
      var next = ContinuousClock.now + patience
      while (try? await Task.sleep(until: next, clock: .continuous)) != nil {
        let now = ContinuousClock.now
        let end = shared.waitingSince.withLock { $0.map { $0 + patience } } ?? now + patience
        if now >= end {
          await consumer.close(deadline: .seconds(1))
          return
        }
        next = end
      }
    }
  }

  /// The reader waits for the cluster, since now or since it last called this without ``moved()`` in between.
  func waits() { shared.waitingSince.withLock { $0 = $0 ?? .now } }

  /// The reader has something to do.
  func moved() { shared.waitingSince.withLock { $0 = nil } }

  /// What a reader whose stream ended says.
  var failure: KafkaError {
    KafkaError(.deadlineExceeded, "the cluster gave neither a record nor an end for \(patience)", isRetriable: true)
  }

  func end() { timer.cancel() }
}
