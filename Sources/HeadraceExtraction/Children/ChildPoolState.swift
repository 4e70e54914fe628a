/// Who may run a child, in order of asking: at most so many at once, and some ask to be alone. Decides only; waits for
/// nobody.
package struct ChildPoolState: Sendable {
  /// One who asks.
  package struct Ticket: Sendable, Hashable {
    package var id: Int
    package var alone: Bool

    package init(id: Int, alone: Bool) {
      self.id = id
      self.alone = alone
    }
  }

  package let capacity: Int
  private(set) package var running: Set<Int> = []
  private(set) package var waiting: [Ticket] = []
  private var exclusive = false
  private var undisturbed: Int?

  package init(capacity: Int) { self.capacity = max(1, capacity) }

  /// Whether `ticket` may start at once; else it waits its turn.
  package mutating func ask(_ ticket: Ticket) -> Bool {
    guard waiting.isEmpty, fits(ticket) else {
      waiting.append(ticket)
      return false
    }
    start(ticket)
    return true
  }

  /// `id` has ended: who may start now, and whether `id` had the machine for itself all the time.
  package mutating func leave(_ id: Int) -> (next: [Ticket], wasAlone: Bool) {
    running.remove(id)
    exclusive = false
    let wasAlone = undisturbed == id
    undisturbed = nil
    return (startNext(), wasAlone)
  }

  /// `id` does not want to wait any more: who may start now. Nil when it was not waiting.
  package mutating func abandon(_ id: Int) -> [Ticket]? {
    guard let index = waiting.firstIndex(where: { $0.id == id }) else { return nil }
    waiting.remove(at: index)
    return startNext()
  }

  private mutating func startNext() -> [Ticket] {
    var started: [Ticket] = []
    while let first = waiting.first, fits(first) {
      waiting.removeFirst()
      start(first)
      started.append(first)
    }
    return started
  }

  private func fits(_ ticket: Ticket) -> Bool {
    ticket.alone ? running.isEmpty : !exclusive && running.count < capacity
  }

  private mutating func start(_ ticket: Ticket) {
    undisturbed = running.isEmpty ? ticket.id : nil
    running.insert(ticket.id)
    exclusive = ticket.alone
  }
}
