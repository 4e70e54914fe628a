internal import HeadraceCore
internal import HeadraceTelemetry

/// The loop's side of a server: the listener, the connections, their deadlines, the drain.
final class HTTPServerLoop: @unchecked Sendable {
  // Invariant of `@unchecked Sendable`: every `var` is touched on the loop's thread alone; everything else is immutable.
  let loop: EventLoop
  let configuration: HTTPServerConfiguration
  let router: Router
  let metrics: HTTPServerMetrics
  let logger = Logger(label: "headrace.http.server")
  let drainSignal = DrainSignal()

  private(set) var connections: [HTTPConnection.ID: HTTPConnection] = [:]
  private(set) var isDraining = false
  private var listener: TCPListener?
  private var nextID: HTTPConnection.ID = 0
  private var wheel: DeadlineWheel<HTTPConnection.ID>
  private var drainDeadline: UInt64?
  private var isStopped = false
  private var dateSecond: UInt64 = .max
  private var dateText = ""
  private let connectionLimit: Int

  init(configuration: HTTPServerConfiguration, router: Router) throws {
    loop = try EventLoop()
    self.configuration = configuration
    self.router = router.sealed()
    metrics = HTTPServerMetrics()
    wheel = DeadlineWheel(now: loop.now)
    connectionLimit = OpenFiles.connectionLimit(wanted: configuration.connections)
  }

  var now: UInt64 { loop.now }

  /// The `Date` of this second.
  var date: String {
    let second = HTTPDate.now()
    if second != dateSecond {
      dateSecond = second
      dateText = HTTPDate.text(second)
    }
    return dateText
  }

  // MARK: Loop's thread

  /// Binds, and returns the port.
  func listen() throws -> Int {
    let listener = try TCPListener(
      loop: loop, host: configuration.host, port: configuration.port, backlog: 4096
    ) { [unowned self] in acceptWaiting() }
    self.listener = listener
    loop.tick(everyMilliseconds: DeadlineWheel<HTTPConnection.ID>.resolution) { [unowned self] in tick() }
    return listener.port
  }

  private func acceptWaiting() {
    // At the limit the connection stays unaccepted: the loop then looks for no other until it was taken.
    guard connections.count < connectionLimit, let socket = listener?.accept() else { return }
    nextID += 1
    connections[nextID] = HTTPConnection(id: nextID, server: self, socket: socket)
    metrics.connections.set(Double(connections.count))
    metrics.accepted.increment()
  }

  func schedule(_ id: HTTPConnection.ID, at deadline: UInt64) { wheel.schedule(id, at: deadline) }

  func remove(_ id: HTTPConnection.ID) {
    guard connections.removeValue(forKey: id) != nil else { return }
    wheel.remove(id)
    metrics.connections.set(Double(connections.count))
    if isDraining { stopIfDone() } else { acceptWaiting() }
  }

  private func tick() {
    for id in wheel.due(now: now) { connections[id]?.deadlineCame() }
    if let drainDeadline, now >= drainDeadline { stop() }
  }

  /// Takes no more connections and ends those there are, within the bound.
  func drain() {
    guard !isDraining else { return }
    isDraining = true
    drainDeadline = now + UInt64(configuration.drainTimeout.wholeMilliseconds)
    listener?.close()
    drainSignal.begin()
    for connection in Array(connections.values) { connection.drain() }
    stopIfDone()
  }

  /// Ends everything now.
  func stop() {
    guard !isStopped else { return }
    isDraining = true
    listener?.close()
    drainSignal.begin()
    let unfinished = connections.values.count { $0.isBusy }
    if unfinished > 0 { logger.warning("cutting requests that did not finish", ["count": "\(unfinished)"]) }
    for connection in Array(connections.values) { connection.stop() }
    stopIfDone()
  }

  private func stopIfDone() {
    guard connections.isEmpty, !isStopped else { return }
    isStopped = true
    loop.stop()
  }
}
