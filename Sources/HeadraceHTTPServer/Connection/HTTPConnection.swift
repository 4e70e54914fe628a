internal import HeadraceCore
internal import HeadraceTelemetry

/// Joins a socket, the state machine and the task that handles a request. Loop's thread alone.
final class HTTPConnection: TCPSocket.Owner {
  typealias ID = UInt64

  let id: ID
  private let server: HTTPServerLoop
  private let socket: TCPSocket
  private var machine: HTTPConnectionMachine
  private var exchange: HTTPExchange?
  private var exchanges: UInt64 = 0
  /// Payload bytes of each write that the kernel has not taken, in order.
  private var writesUnderWay: [(payload: Int, writer: HTTPBodyWriter?)] = []
  private var lastProgress: UInt64
  private var queuedAtProgress = 0
  private var isProcessing = false

  init(id: ID, server: HTTPServerLoop, socket: TCPSocket) {
    self.id = id
    self.server = server
    self.socket = socket
    lastProgress = server.now
    machine = HTTPConnectionMachine(
      timing: server.configuration.timing, limits: server.configuration.parserLimits, now: server.now)
    socket.owner = self
    socket.startReading()
    scheduleDeadline()
  }

  /// Whether a request is being handled.
  var isBusy: Bool { exchange != nil }

  // MARK: From the socket

  func socketReceived(_ bytes: UnsafeRawBufferPointer) {
    unsafe machine.received(bytes, now: server.now)
    process()
  }

  func socketEnded(isError: Bool) {
    machine.clientEnded(isError: isError)
    process()
  }

  func socketWrote(_ count: Int) {
    noteProgress()
    if !writesUnderWay.isEmpty {
      let write = writesUnderWay.removeFirst()
      write.writer?.wrote(write.payload)
    }
    finishIfFlushed()
    process()
  }

  // MARK: Doing what the machine says

  private func process() {
    // An action may feed the machine again; the outermost call goes on with what comes of it.
    guard !isProcessing else { return }
    isProcessing = true
    defer { isProcessing = false }
    while let action = machine.next() {
      switch action {
      case .start(let head): start(head)
      case .body(let slice): if exchange?.channel.push(slice) == false { machine.pauseBody() }
      case .endBody: exchange?.channel.finish()
      case .failBody(let refusal):
        exchange?.channel.fail(HTTPError(refusal.status, detail: refusal.detail))
      case .refuse(let refusal): refuse(refusal, head: nil)
      case .clientGone: endExchange(.client)
      case .shutdown: socket.shutdown()
      case .close:
        close()
        return
      }
    }
    if machine.wantsReading { socket.startReading() } else { socket.stopReading() }
    scheduleDeadline()
  }

  private func start(_ head: HTTPRequestHead) {
    let match = server.router.resolve(method: head.method, segments: head.target.segments)
    let length: Int? =
      switch head.framing {
      case .none: 0
      case .length(let length): length
      case .chunked: nil
      }
    if let refusal = machine.limitBody(match.bodyLimit, length: length) {
      refuse(refusal, head: head)
      return
    }
    exchanges += 1
    let exchange = HTTPExchange(number: exchanges, connection: id, head: head, length: length, server: server)
    self.exchange = exchange
    if length == 0 { exchange.channel.finish() }
    exchange.run(match, head: head)
  }

  private func refuse(_ refusal: HTTPRefusal, head: HTTPRequestHead?) {
    server.metrics.refused.increment()
    var problem = ProblemDetails(status: refusal.status, detail: refusal.detail)
    problem.instance = head?.target.path
    let response = problem.response
    guard case .bytes(let body) = response.body else { return }
    let close = machine.answerStarts(close: true)
    let out = HTTPResponseEncoder.head(
      response.status, headers: response.headers, framing: .length(body.count), close: close, keepAliveHint: false,
      date: server.date)
    write(head?.method == .head ? out : out + body, payload: 0, writer: nil)
    machine.answerProduced()
    if socket.queued == 0 { machine.answerLeft(now: server.now) } else { refusalUnderWay = true }
    process()
  }

  private var refusalUnderWay = false

  // MARK: From the handler's task, by way of the loop's queue

  func handle(_ message: HTTPExchange.Message, exchange number: UInt64) {
    guard let exchange, exchange.number == number else { return }
    switch message {
    case .bodyWanted:
      if exchange.takeContinue() { write(HTTPResponseEncoder.continueHead, payload: 0, writer: nil) }
    case .bodyHasRoom: machine.resumeBody(now: server.now)
    case .respond(let start): respond(start, exchange)
    case .write(let bytes): writeBody(bytes, exchange)
    case .end: end(exchange)
    case .fail where exchange.hasEnded: break
    case .fail, .abort:
      server.metrics.aborted.increment()
      endExchange(.client)
      socket.reset()
      machine.closeNow()
    case .cut:
      server.metrics.slowClients.increment()
      endExchange(.slowClient)
      machine.closeNow()
    }
    process()
  }

  private func respond(_ start: HTTPExchange.Start, _ exchange: HTTPExchange) {
    let head = exchange.head
    var framing: HTTPResponseEncoder.Framing
    var sendsBody = head.method != .head && !start.status.forbidsBody
    switch start.kind {
    case .bytes(let bytes): framing = .length(bytes.count)
    case .stream(let length, _):
      if let length {
        framing = .length(length)
      } else {
        framing = head.minorVersion == 1 ? .chunked : .untilClose
      }
    }
    if start.status.forbidsBody {
      framing = .none
      sendsBody = false
    }
    let close = machine.answerStarts(close: framing == .untilClose)
    var out = HTTPResponseEncoder.head(
      start.status, headers: start.headers, framing: framing, close: close,
      keepAliveHint: head.minorVersion == 0 && !close, date: server.date)
    server.metrics.answered(start.status)
    exchange.framing = framing
    exchange.hasStarted = true
    switch start.kind {
    case .bytes(let bytes):
      if sendsBody { out += bytes }
      write(out, payload: 0, writer: nil)
      end(exchange)
    case .stream(_, let stream):
      exchange.writer = stream.writer
      exchange.sendsBody = sendsBody
      if let events = stream.events {
        exchange.events = events
        exchange.lastEvent = server.now
        socket.setSendBuffer(32 << 10)
        server.metrics.streams.add(1)
        if sendsBody, let retry = events.retry {
          let opening = Array("retry: \(retry.milliseconds)\n\n".utf8)
          out += framing == .chunked ? HTTPResponseEncoder.chunk(opening) : opening
        }
      }
      write(out, payload: 0, writer: nil)
      if !sendsBody { end(exchange) }
    }
    if server.isDraining { drainExchange() }
  }

  private func writeBody(_ bytes: [UInt8], _ exchange: HTTPExchange) {
    guard exchange.sendsBody, !exchange.hasEnded else { return }
    exchange.lastEvent = server.now
    if case .length(let length) = exchange.framing {
      exchange.written += bytes.count
      guard exchange.written <= length else {
        server.logger.error("a handler wrote more than it said", ["route": exchange.route ?? ""])
        endExchange(.client)
        machine.closeNow()
        return
      }
    }
    write(
      exchange.framing == .chunked ? HTTPResponseEncoder.chunk(bytes) : bytes, payload: bytes.count,
      writer: exchange.writer)
  }

  private func end(_ exchange: HTTPExchange) {
    guard !exchange.hasEnded else { return }
    exchange.hasEnded = true
    if exchange.sendsBody {
      switch exchange.framing {
      case .chunked: write(HTTPResponseEncoder.lastChunk, payload: 0, writer: nil)
      case .length(let length) where exchange.written < length:
        server.logger.error("a handler wrote less than it said", ["route": exchange.route ?? ""])
        endExchange(.client)
        machine.closeNow()
        return
      default: break
      }
    }
    machine.answerProduced()
    finishIfFlushed()
  }

  private func finishIfFlushed() {
    guard socket.queued == 0 else { return }
    if refusalUnderWay {
      refusalUnderWay = false
      machine.answerLeft(now: server.now)
    } else if let exchange, exchange.hasEnded {
      exchange.finish(.shutdown)
      self.exchange = nil
      machine.answerLeft(now: server.now)
    }
  }

  // MARK: Writing

  private func write(_ bytes: [UInt8], payload: Int, writer: HTTPBodyWriter?) {
    guard !bytes.isEmpty else { return }
    let before = socket.queued
    guard let taken = socket.write(bytes) else {
      machine.clientEnded(isError: true)
      return
    }
    if taken == bytes.count {
      noteProgress()
      writer?.wrote(payload)
    } else {
      if before == 0 { noteProgress() }
      writesUnderWay.append((payload, writer))
    }
  }

  private func noteProgress() {
    lastProgress = server.now
    queuedAtProgress = socket.queued
  }

  // MARK: The clock

  func deadlineCame() {
    let now = server.now
    machine.deadlinePassed(now: now)
    let queued = socket.queued
    if queued > 0 {
      if queued < queuedAtProgress {
        lastProgress = now
        queuedAtProgress = queued
      } else if now >= lastProgress + server.configuration.writeStallMilliseconds {
        server.metrics.slowClients.increment()
        endExchange(.slowClient)
        machine.closeNow()
      }
    }
    if let exchange, let events = exchange.events, exchange.sendsBody, !exchange.hasEnded {
      if now >= exchange.lastEvent + UInt64(events.heartbeat.milliseconds), socket.queued == 0 {
        writeBody(ServerSentEvent.comment("still here"), exchange, isOwn: true)
      }
    }
    process()
  }

  private func writeBody(_ bytes: [UInt8], _ exchange: HTTPExchange, isOwn: Bool) {
    exchange.lastEvent = server.now
    write(exchange.framing == .chunked ? HTTPResponseEncoder.chunk(bytes) : bytes, payload: 0, writer: nil)
  }

  private func scheduleDeadline() {
    guard !socket.isClosed else { return }
    var deadline = machine.deadline
    func consider(_ time: UInt64) { deadline = min(deadline ?? time, time) }
    if socket.queued > 0 { consider(lastProgress + server.configuration.writeStallMilliseconds) }
    if let exchange, let events = exchange.events {
      consider(exchange.lastEvent + UInt64(events.heartbeat.milliseconds))
    }
    if let deadline { server.schedule(id, at: deadline) }
  }

  // MARK: The end

  /// The server is stopping: idle connections end, event streams are told to come again, others finish.
  func drain() {
    machine.drain()
    drainExchange()
    process()
  }

  private func drainExchange() {
    guard let exchange, let events = exchange.events, exchange.hasStarted, !exchange.hasEnded else { return }
    if let farewell = events.farewell, exchange.sendsBody { writeBody(farewell.encoded, exchange, isOwn: true) }
    exchange.writer?.close(HTTPConnectionClosed(cause: .shutdown))
    exchange.cancel()
    end(exchange)
  }

  /// Stops without ceremony.
  func stop() {
    endExchange(.shutdown)
    machine.closeNow()
    process()
  }

  private func endExchange(_ cause: HTTPConnectionClosed.Cause) {
    exchange?.cancel()
    exchange?.finish(cause)
    exchange = nil
  }

  private func close() {
    endExchange(.client)
    for write in writesUnderWay { write.writer?.close(HTTPConnectionClosed(cause: .client)) }
    writesUnderWay = []
    socket.close()
    server.remove(id)
  }
}
