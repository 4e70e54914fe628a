internal import HeadraceCore

/// One slot: a task that handles one record after the other.
///
/// `@unchecked Sendable`: its fields are guarded by the lock of the runtime's state.
final class Worker: @unchecked Sendable {
  /// The record in progress.
  var item: WorkItem?
  /// When the record in progress is cancelled.
  var deadline = MonotonicTime(nanoseconds: .max)
  /// The deadline has passed: the task was cancelled.
  var isTimedOut = false
  /// The time-out was reported; repeated once a minute.
  var reportedAt: MonotonicTime?
  var task: Task<Void, Never>?
  /// Set while the worker waits for a record.
  var continuation: CheckedContinuation<WorkItem?, Never>?
  /// Woken, and not yet running.
  var isWaking = true
}
