internal import HeadraceCore

/// When the next commit may begin: soon while commits are quick, and never later than the interval.
///
/// A record that finishes on a quiet stream is committed at once. On a busy one commits follow each other with a pause
/// of twice what the last one took, so that a stream spends at most a third of its time on transactions, whatever these
/// cost there; where they are slow, or fail, the interval is the pace. In between the pause grows with what a commit
/// carried: a transaction for one record delays nobody who is not there.
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

  /// Notes a commit.
  ///
  /// - Parameter records: How many records it acknowledged; nil for one that did not go through.
  mutating func note(began: MonotonicTime, ended: MonotonicTime, records: Int?) {
    let latest = began + interval
    guard let records else {
      due = latest
      return
    }
    due = min(latest, ended + (ended - began) * min(Self.pause, Double(records) / Self.recordsForCommitTime))
  }

  /// How many times as long as a commit the pause after it is at most.
  private static let pause = 2.0
  /// A commit of so many records is followed by a pause as long as itself, one of twice as many by the longest.
  private static let recordsForCommitTime = 4.0
}
