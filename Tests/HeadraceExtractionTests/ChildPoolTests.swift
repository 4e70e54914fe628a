import HeadraceExtraction
import Testing

@Suite("Who may run a child, decided without one", .timeLimit(.minutes(1)))
struct ChildPoolTests {
  private func ticket(_ id: Int, alone: Bool = false) -> ChildPoolState.Ticket { .init(id: id, alone: alone) }

  @Test("At most so many, in the order of asking")
  func bound() {
    var state = ChildPoolState(capacity: 2)
    let granted = (1...4).map { state.ask(ticket($0)) }
    #expect(granted == [true, true, false, false])
    let next = state.leave(1).next
    #expect(next == [ticket(3)])
    let abandoned = [state.abandon(4), state.abandon(4)]
    #expect(abandoned == [[], nil])
    let last = state.leave(3).next + state.leave(2).next
    #expect(last.isEmpty)
    #expect(state.running.isEmpty && state.waiting.isEmpty)
  }

  @Test("Who wants to be alone waits for all, and all wait for it")
  func alone() {
    var state = ChildPoolState(capacity: 3)
    let granted = [state.ask(ticket(1)), state.ask(ticket(2)), state.ask(ticket(3, alone: true)), state.ask(ticket(4))]
    #expect(granted == [true, true, false, false])
    let first = state.leave(1).next
    let second = state.leave(2).next
    #expect(first.isEmpty && second == [ticket(3, alone: true)])
    let last = state.leave(3)
    #expect(last.next == [ticket(4)] && last.wasAlone)
  }

  @Test("Giving up on being alone lets the others go")
  func abandonedAlone() {
    var state = ChildPoolState(capacity: 2)
    let granted = [state.ask(ticket(1)), state.ask(ticket(2, alone: true)), state.ask(ticket(3))]
    #expect(granted == [true, false, false])
    let next = state.abandon(2)
    let last = state.leave(1)
    #expect(next == [ticket(3)] && !last.wasAlone)
  }

  @Test("Alone is who met nobody from start to end")
  func undisturbed() {
    var state = ChildPoolState(capacity: 2)
    _ = state.ask(ticket(1))
    let first = state.leave(1).wasAlone
    _ = (state.ask(ticket(2)), state.ask(ticket(3)))
    let others = [state.leave(3).wasAlone, state.leave(2).wasAlone]
    #expect(first && others == [false, false])
  }

  @Test("Never more than the bound at once, whoever is cancelled")
  func underLoad() async throws {
    let pool = ChildPool(capacity: 3)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<200 {
        group.addTask {
          _ = try await pool.withPlace(alone: number % 17 == 0) {
            #expect(pool.load.running <= 3)
            await Task.yield()
          }
        }
      }
      for number in 0..<20 {
        let task = Task { _ = try? await pool.withPlace { await Task.yield() } }
        if number % 2 == 0 { task.cancel() }
        group.addTask { await task.value }
      }
      try await group.waitForAll()
    }
    #expect(pool.load.running == 0 && pool.load.waiting == 0)
  }
}
