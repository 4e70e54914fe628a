internal import CSystem
import Glibc
internal import HeadraceCore
internal import HeadraceTelemetry
import Synchronization

/// Accepts connections and gives each a thread.
final class Listener: @unchecked Sendable {
  // Invariant: `spare` belongs to the listener's thread; `thread` to who starts and stops, one after the other.
  private struct Registry {
    var connections: [UInt64: (Connection, OSThread)] = [:]
    /// Threads that have ended, or are about to: to be joined.
    var finished: [OSThread] = []
    var nextID: UInt64 = 0
  }

  private let descriptor: Int32
  private let core: BrokerCore
  private let registry = Mutex(Registry())
  private let changed = Condition()
  private var spare: Int32 = -1
  private var thread: OSThread?

  init(descriptor: Int32, core: BrokerCore) {
    self.descriptor = descriptor
    self.core = core
  }

  func start() {
    thread = OSThread(name: "broker-accept") { [self] in run() }
  }

  private func run() {
    SignalMask.blockBrokenPipe()
    spare = Self.openSpare()
    defer { if spare >= 0 { Glibc.close(spare) } }
    while !core.isStopping.load(ordering: .acquiring) {
      let accepted = headrace_accept(descriptor)
      if accepted >= 0 {
        admit(accepted)
      } else if errno == EMFILE || errno == ENFILE {
        // Out of descriptors: give up the spare one to accept and refuse, or the queue is never looked at again.
        if spare >= 0 { Glibc.close(spare) }
        let refused = headrace_accept(descriptor)
        if refused >= 0 { Glibc.close(refused) }
        core.metrics.connectionsRefused.increment()
        spare = Self.openSpare()
        usleep(50_000)
      }
      joinFinished()
    }
  }

  private static func openSpare() -> Int32 { unsafe open("/dev/null", O_RDONLY | O_CLOEXEC) }

  private func admit(_ accepted: Int32) {
    let id: UInt64? = registry.withLock { registry in
      guard registry.connections.count < core.configuration.maximumConnections else { return nil }
      registry.nextID += 1
      return registry.nextID
    }
    guard let id else {
      Glibc.close(accepted)
      core.metrics.connectionsRefused.increment()
      core.logger.warning("connection refused: too many", ["limit": "\(core.configuration.maximumConnections)"])
      return
    }
    let connection = Connection(descriptor: accepted, host: Self.peerName(accepted), core: core)
    core.metrics.connections.add(1)
    registry.withLock { registry in
      let thread = OSThread(name: "broker-conn") { [self] in
        SignalMask.blockBrokenPipe()
        connection.run()
        finish(id, connection)
      }
      registry.connections[id] = (connection, thread)
    }
    // A stop may have gone through the registry just before this connection was in it.
    if core.isStopping.load(ordering: .acquiring) { interruptAll(hard: false) }
  }

  private func finish(_ id: UInt64, _ connection: Connection) {
    registry.withLock { registry in
      if let (_, thread) = registry.connections.removeValue(forKey: id) { registry.finished.append(thread) }
    }
    Glibc.close(connection.descriptor)
    core.metrics.connections.add(-1)
    changed.broadcast()
  }

  private func joinFinished() {
    let finished = registry.withLock { registry in
      defer { registry.finished = [] }
      return registry.finished
    }
    for thread in finished { thread.join() }
  }

  private static func peerName(_ descriptor: Int32) -> String {
    // Listening on loopback only, so is the peer; groups show it as Kafka does.
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let status = unsafe withUnsafeMutablePointer(to: &storage) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe getpeername(descriptor, $0, &length) }
    }
    return status == 0 && storage.ss_family == sa_family_t(AF_INET6) ? "/0:0:0:0:0:0:0:1" : "/127.0.0.1"
  }

  // MARK: Stop

  /// Interrupts every connection: the soft way lets each finish its request, the hard way does not.
  func interruptAll(hard: Bool) {
    registry.withLock { registry in
      for (connection, _) in registry.connections.values { connection.interrupt(hard: hard) }
    }
  }

  /// Ends the listener and all connections; blocks. Requests in hand are finished until `deadline`. The broker's flag
  /// is up already.
  func stop(deadline: MonotonicTime, hard: Bool = false) {
    shutdown(descriptor, Int32(SHUT_RDWR))
    thread?.join()
    thread = nil
    Glibc.close(descriptor)
    interruptAll(hard: hard)
    var isHard = hard
    while !registry.withLock({ $0.connections.isEmpty }) {
      let wake = min(deadline, MonotonicTime.now + .milliseconds(50))
      changed.withLock { _ = changed.wait(until: isHard ? MonotonicTime.now + .milliseconds(50) : wake) }
      if !isHard, MonotonicTime.now >= deadline {
        isHard = true
        interruptAll(hard: true)
      }
    }
    joinFinished()
  }
}
