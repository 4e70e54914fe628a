import HeadraceCore
import HeadraceTelemetry
import Synchronization
import Testing

private struct Failure: Error {}

/// Notes what happens to it.
private final class Probe: Service {
  enum Ending { case onShutdown, atOnce, failing, never }
  let name: String
  let ending: Ending
  let log: Log

  final class Log: Sendable {
    let lines = Mutex<[String]>([])
    func add(_ line: String) { lines.withLock { $0.append(line) } }
    func contains(_ line: String) -> Bool { lines.withLock { $0.contains(line) } }
  }

  init(_ name: String, _ ending: Ending, _ log: Log) {
    self.name = name
    self.ending = ending
    self.log = log
  }

  func run() async throws {
    log.add("\(name) started")
    switch ending {
    case .onShutdown:
      try await gracefulShutdown()
      log.add("\(name) ended")
    case .atOnce: log.add("\(name) ended")
    case .failing: throw Failure()
    case .never:
      do { try await Task.sleep(for: .seconds(1000)) } catch {
        log.add("\(name) cancelled")
        throw error
      }
    }
  }
}

@Suite(.timeLimit(.minutes(1))) struct ServiceGroupTests {
  private let log = Probe.Log()
  private var configuration: ServiceGroup.Configuration {
    var configuration = ServiceGroup.Configuration()
    configuration.signals = []
    return configuration
  }

  @Test func endsInReverseOrder() async throws {
    let group = ServiceGroup(
      [Probe("a", .onShutdown, log), Probe("b", .onShutdown, log)], configuration: configuration)
    async let run: Void = group.run()
    while !(log.contains("a started") && log.contains("b started")) { await Task.yield() }
    group.triggerGracefulShutdown()
    try await run
    #expect(log.lines.withLock { $0.filter { $0.hasSuffix("ended") } } == ["b ended", "a ended"])
  }

  @Test func oneThatEndsTakesTheOthersWithIt() async throws {
    let group = ServiceGroup([Probe("a", .onShutdown, log), Probe("b", .atOnce, log)], configuration: configuration)
    try await group.run()
    #expect(log.contains("a ended"))
  }

  @Test func theFirstFailureIsThrown() async {
    let group = ServiceGroup([Probe("a", .onShutdown, log), Probe("b", .failing, log)], configuration: configuration)
    await #expect(throws: Failure.self) { try await group.run() }
    #expect(log.contains("a ended"))
  }

  @Test func G14_whoDoesNotEndIsCancelledAndNamed() async {
    var configuration = configuration
    configuration.shutdownBudget = .milliseconds(50)
    let group = ServiceGroup([Probe("a", .never, log), Probe("b", .atOnce, log)], configuration: configuration)
    let error = await #expect(throws: ServiceGroup.ShutdownTimeout.self) { try await group.run() }
    #expect(error?.services == ["Probe"])
    #expect(log.contains("a cancelled"))
  }

  /// Does not return when cancelled, until the test lets it.
  private struct Stubborn: Service {
    let gate: Parker
    func run() async throws {
      await withCheckedContinuation { continuation in
        OSThread.detached(name: "stubborn") {
          gate.park()
          continuation.resume()
        }
      }
    }
  }

  @Test func G14_whoDoesNotReturnWhenCancelledIsReported() async throws {
    let gate = Parker()
    let stuck = Mutex<[String]>([])
    var configuration = configuration
    configuration.shutdownBudget = .milliseconds(20)
    configuration.cancellationBudget = .milliseconds(20)
    configuration.onStuck = { names in
      stuck.withLock { $0 = names }
      gate.unpark()
    }
    let group = ServiceGroup([Stubborn(gate: gate), Probe("b", .atOnce, log)], configuration: configuration)
    await #expect(throws: ServiceGroup.ShutdownTimeout.self) { try await group.run() }
    #expect(stuck.withLock { $0 } == ["Stubborn"])
  }

  @Test func aShutdownBeforeTheStartEndsAtOnce() async throws {
    let group = ServiceGroup([Probe("a", .onShutdown, log)], configuration: configuration)
    group.triggerGracefulShutdown()
    try await group.run()
    #expect(log.contains("a ended"))
  }

  @Test func groupsNest() async throws {
    let inner = ServiceGroup([Probe("inner", .onShutdown, log)], configuration: configuration)
    let outer = ServiceGroup([inner], configuration: configuration)
    async let run: Void = outer.run()
    while !log.contains("inner started") { await Task.yield() }
    outer.triggerGracefulShutdown()
    try await run
    #expect(log.contains("inner ended"))
  }

  @Test func cancellationEndsEverything() async {
    let group = ServiceGroup([Probe("a", .never, log)], configuration: configuration)
    let task = Task { try await group.run() }
    while !log.contains("a started") { await Task.yield() }
    task.cancel()
    _ = await task.result
    #expect(log.contains("a cancelled"))
  }
}
