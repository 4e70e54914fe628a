/// A claim on durability: what was queued under it is safe once `wait` returns.
///
/// Exactly one of `wait` and `detach` is called, soon: the queue is bounded.
struct CommitTicket: Sendable {
  private let journal: Journal?
  private let number: UInt64

  init(journal: Journal, number: UInt64) {
    self.journal = journal
    self.number = number
  }

  private init() {
    journal = nil
    number = 0
  }

  /// Nothing to wait for.
  static let done = CommitTicket()

  /// Blocks until everything up to this ticket is durable; the calling thread may do the writing for all.
  func wait(until deadline: Deadline) throws(LogError) { try journal?.wait(for: number, until: deadline) }

  /// Nobody waits: the background committer makes it durable soon.
  func detach() { journal?.detach(number) }
}
