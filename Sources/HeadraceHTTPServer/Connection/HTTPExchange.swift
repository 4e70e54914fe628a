internal import HeadraceCore
internal import HeadraceTelemetry

/// One request and its answer. The fields are the loop's; the task speaks to the loop by messages.
final class HTTPExchange {
  /// What the handler's task tells the loop.
  enum Message: Sendable {
    case bodyWanted
    case bodyHasRoom
    case respond(Start)
    case write([UInt8])
    case end
    /// The producer failed: the client must see that the body is not whole.
    case fail
    case abort
    case cut
  }

  struct Start: Sendable {
    enum Kind: Sendable {
      case bytes([UInt8])
      case stream(length: Int?, Stream)
    }

    struct Stream: Sendable {
      let writer: HTTPBodyWriter
      let events: ServerSentEventOptions?
    }

    let status: HTTPStatus
    let headers: HTTPHeaders
    let kind: Kind
  }

  let number: UInt64
  let head: HTTPRequestHead
  let channel: RequestBodyChannel
  private let length: Int?
  private let server: HTTPServerLoop
  private let send: @Sendable (Message) -> Void
  private var task: Task<Void, Never>?
  private var owesContinue: Bool
  private(set) var route: String?

  var framing = HTTPResponseEncoder.Framing.none
  var hasStarted = false
  var hasEnded = false
  var sendsBody = false
  var written = 0
  var writer: HTTPBodyWriter?
  var events: ServerSentEventOptions?
  var lastEvent: UInt64 = 0

  init(number: UInt64, connection: HTTPConnection.ID, head: HTTPRequestHead, length: Int?, server: HTTPServerLoop) {
    self.number = number
    self.head = head
    self.length = length
    self.server = server
    owesContinue = head.expectsContinue && length != 0
    let send: @Sendable (Message) -> Void = { [server] message in
      server.loop.execute { server.connections[connection]?.handle(message, exchange: number) }
    }
    self.send = send
    let expects = owesContinue
    channel = RequestBodyChannel(
      capacity: server.configuration.bodyBuffer, onWanted: { if expects { send(.bodyWanted) } },
      onRoom: { send(.bodyHasRoom) })
  }

  /// Starts the task that handles the request.
  func run(_ match: Router.Match, head: HTTPRequestHead) {
    route = match.pattern
    var request = HTTPRequest(
      method: head.method, path: head.target.path, query: head.target.query, headers: head.headers,
      body: HTTPRequestBody(channel: channel, length: length), drain: server.drainSignal)
    request.parameters = match.parameters
    request.route = match.pattern
    let delivery = HTTPDelivery(request: request, handler: match.handler, send: send, logger: server.logger)
    task =
      switch server.configuration.handlers {
      case .pool: Task { await delivery.run() }
      case .loop: Task(executorPreference: server.loop) { await delivery.run() }
      }
  }

  /// Whether the client waits for `100 Continue`; says yes once, and not when an answer is on its way.
  func takeContinue() -> Bool {
    defer { owesContinue = false }
    return owesContinue && !hasStarted
  }

  func cancel() { task?.cancel() }

  /// Nothing more goes either way.
  func finish(_ cause: HTTPConnectionClosed.Cause) {
    channel.fail(HTTPConnectionClosed(cause: cause))
    writer?.close(HTTPConnectionClosed(cause: cause))
    if events != nil {
      events = nil
      server.metrics.streams.add(-1)
    }
  }
}
