internal import Synchronization

/// How many of one kind of request are worked on at a time. What does not fit is refused, never queued: a queue would
/// only make everyone wait.
final class AdmissionLimit: Sendable {
  /// A place that was given; it is given back once, at the latest when nobody holds it any more.
  final class Ticket: Sendable {
    private let limit: AdmissionLimit
    private let isOut = Mutex(false)

    init(_ limit: AdmissionLimit) { self.limit = limit }

    deinit { leave() }

    func leave() {
      let first = isOut.withLock { isOut in
        defer { isOut = true }
        return !isOut
      }
      if first { limit.count.withLock { $0 -= 1 } }
    }
  }

  private let maximum: Int
  private let count = Mutex(0)

  init(_ maximum: Int) { self.maximum = maximum }

  /// How many places are taken.
  var taken: Int { count.withLock { $0 } }

  func tryEnter() -> Ticket? {
    let fits = count.withLock { count in
      guard count < maximum else { return false }
      count += 1
      return true
    }
    return fits ? Ticket(self) : nil
  }

  /// A place, or an error that says when to come again.
  func enter(_ detail: String) throws -> Ticket {
    guard let ticket = tryEnter() else { throw GatewayProblem.overloaded.error(detail) }
    return ticket
  }
}
