internal import HeadraceCore

/// When the next commit may begin: soon while commits are quick, and never later than the interval.
///
/// A record that finishes on a quiet stream is committed at once. On a busy one commits follow each other with a pause
/// of twice what the last one took, so that a stream spends at most a third of its time on transactions, whatever these
/// cost there; where they are slow, or fail, the interval is the pace.
struct CommitPace {
  /// How long finished work waits at most for a commit to begin, counted from the last one's beginning.
  let interval: Duration
  /// When the next commit may begin.
  private(set) var due: MonotonicTime

  /// A pace at which the first commit may begin at once.
  init(interval: Duration, now: MonotonicTime) {
    self.interval = interval
    due = now
  }

  /// Notes a commit, or one that did not go through.
  mutating func note(began: MonotonicTime, ended: MonotonicTime, isThrough: Bool) {
    let latest = began + interval
    due = isThrough ? min(latest, ended + (ended - began) * Self.pause) : latest
  }

  /// How many times as long as a commit the pause after it is.
  private static let pause = 2
}
