import FoundationEssentials
import Glibc
import HeadraceCore
import HeadraceTelemetry

/// Runs a model server on this machine: starts it, starts it again when it ends (with back-off), ends it with us.
final class LocalModelService: Service {
  private let command: String
  private let logger = Logger(label: "headrace.model")
  private let backoff = BackoffPolicy(initial: .seconds(1), maximum: .seconds(60))

  /// - Parameter command: Words for a shell, e.g. `ops/model/serve --port 8081`.
  init(command: String) { self.command = command }

  func run() async throws {
    try await cancelOnGracefulShutdown { [self] in
      var failures = 0
      while !Task.isCancelled {
        let started = ContinuousClock.now
        let child = try ChildProcess(shell: command)
        logger.info("started the model server", ["command": command, "pid": "\(child.processID)"])
        let status: Int32
        do { status = try await child.wait() } catch {
          await child.end(within: .seconds(5))
          return
        }
        failures = ContinuousClock.now - started > .seconds(60) ? 1 : failures + 1
        let pause = backoff.bound(afterAttempt: failures)
        logger.error("the model server ended; starting it again", ["status": "\(status)", "in": "\(pause)"])
        do { try await Task.sleep(for: pause) } catch { return }
      }
    }
  }
}
