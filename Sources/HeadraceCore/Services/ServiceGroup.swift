public import HeadraceTelemetry
import Synchronization

/// Runs services together: all start, and all end when one ends, fails, or a signal comes.
///
/// Services are given in the order of their dependencies, what others need first; a graceful shutdown ends them in
/// reverse order, one after the other, all within ``Configuration/shutdownBudget``. After that the rest is cancelled, and
/// the group says which services did not come to their end in time.
public final class ServiceGroup: Service {
  /// How a group ends.
  public struct Configuration: Sendable {
    /// Signals that ask for a graceful shutdown; a second one cancels. SIGTERM and SIGINT by default, none in tests.
    public var signals: [UnixSignal] = [.terminate, .interrupt]
    /// How long all services together have for their graceful shutdown. 30 s: what container platforms give.
    public var shutdownBudget: Duration = .seconds(30)
    /// How long services that were cancelled have to return before ``onStuck`` is called. Default 10 s.
    public var cancellationBudget: Duration = .seconds(10)
    /// Called, on a thread of its own, with the services that did not even return when they were cancelled. A program may
    /// end the process here; by default nothing happens and the group goes on waiting.
    public var onStuck: (@Sendable (_ services: [String]) -> Void)?

    /// The defaults.
    public init() {}
  }

  /// A service that could not be brought to its end within the budget.
  public struct ShutdownTimeout: Error, CustomStringConvertible {
    /// The services that were still running, by type.
    public var services: [String]
    /// A sentence for people.
    public var description: String {
      "these services did not finish within the shutdown budget and were cancelled: \(services.joined(separator: ", "))"
    }
  }

  private let services: [any Service]
  private let configuration: Configuration
  private let logger: Logger
  private let shutdown = ShutdownSignal()

  /// A group of `services`, those that others need first.
  public init(
    _ services: [any Service], configuration: Configuration = Configuration(),
    logger: Logger = Logger(label: "headrace.services")
  ) {
    self.services = services
    self.configuration = configuration
    self.logger = logger
  }

  /// Asks for a graceful shutdown, as a signal would. Any thread; returns at once.
  public func triggerGracefulShutdown() { shutdown.raise() }

  private enum Event: Sendable {
    case ended(Int, (any Error)?)
    case shutdown
    case signal(UnixSignal)
    case budgetSpent
    case helperEnded
  }

  /// Runs all services until one ends or a shutdown is asked for.
  ///
  /// - Throws: The first error of a service; ``ShutdownTimeout`` when some had to be cancelled.
  public func run() async throws {
    let parent = ShutdownSignal.current
    let parentHandler = parent?.add { [shutdown] in shutdown.raise() }
    defer { parent?.remove(parentHandler) }
    let signals = UnixSignalStream(configuration.signals)
    defer { signals.stop() }
    let stops = services.map { _ in ShutdownSignal() }
    try await withThrowingTaskGroup(of: Event.self) { group in
      for (index, service) in services.enumerated() {
        let stop = stops[index]
        group.addTask {
          await ShutdownSignal.$current.withValue(stop) {
            do {
              try await service.run()
              return .ended(index, nil)
            } catch { return .ended(index, error) }
          }
        }
      }
      group.addTask { [shutdown] in
        let box = ContinuationBox()
        let id = shutdown.add { box.open() }
        await withTaskCancellationHandler {
          await box.wait()
        } onCancel: {
          box.open()
        }
        shutdown.remove(id)
        return Task.isCancelled ? .helperEnded : .shutdown
      }
      group.addTask {
        for await signal in signals.signals { return .signal(signal) }
        return .helperEnded
      }

      var running = Set(services.indices)
      var failure: (any Error)?
      var isStopping = false
      func stopNext() {
        guard let last = running.max() else { return }
        stops[last].raise()
      }
      func beginShutdown() {
        guard !isStopping else { return }
        isStopping = true
        group.addTask { [budget = configuration.shutdownBudget] in
          do { try await Task.sleep(for: budget) } catch { return .helperEnded }
          return .budgetSpent
        }
        stopNext()
      }
      loop: while !running.isEmpty {
        guard let event = try await group.next() else { break }
        switch event {
        case .ended(let index, let error):
          running.remove(index)
          if let error, failure == nil, !(error is CancellationError && (isStopping || Task.isCancelled)) {
            failure = error
            logger.error("a service failed", ["service": name(index), LogKeys.error: "\(error)"])
          } else if !isStopping, !Task.isCancelled {
            logger.info("a service ended; the others follow", ["service": name(index)])
          }
          if isStopping { stopNext() } else { beginShutdown() }
        case .shutdown: beginShutdown()
        case .signal(let signal):
          logger.info("received \(signal); shutting down")
          if isStopping { break loop }
          beginShutdown()
          group.addTask {
            for await signal in signals.signals { return .signal(signal) }
            return .helperEnded
          }
        case .budgetSpent: break loop
        case .helperEnded: if Task.isCancelled { continue }
        }
      }
      let unfinished = running.sorted().map(name)
      group.cancelAll()
      let left = Remaining(running)
      watch(left)
      while let event = try await group.next() {
        guard case .ended(let index, let error) = event else { continue }
        left.indices.withLock { _ = $0.remove(index) }
        if let error, failure == nil, !(error is CancellationError) { failure = error }
      }
      if let failure { throw failure }
      if !unfinished.isEmpty, !Task.isCancelled { throw ShutdownTimeout(services: unfinished) }
    }
  }

  /// Looks after services that were cancelled, from a thread that nothing in the process can hold up.
  private func watch(_ left: Remaining) {
    guard let onStuck = configuration.onStuck, !left.indices.withLock({ $0.isEmpty }) else { return }
    let deadline = MonotonicTime.now + configuration.cancellationBudget
    let names = services.indices.map(name)
    OSThread.detached(name: "shutdown") {
      let parker = Parker()
      while MonotonicTime.now < deadline {
        if left.indices.withLock({ $0.isEmpty }) { return }
        _ = parker.park(until: MonotonicTime.now + .milliseconds(50))
      }
      let stuck = left.indices.withLock { $0.sorted() }
      if !stuck.isEmpty { onStuck(stuck.map { names[$0] }) }
    }
  }

  /// The services that have not returned.
  private final class Remaining: Sendable {
    let indices: Mutex<Set<Int>>
    init(_ indices: Set<Int>) { self.indices = Mutex(indices) }
  }

  private func name(_ index: Int) -> String { "\(type(of: services[index]))" }
}
