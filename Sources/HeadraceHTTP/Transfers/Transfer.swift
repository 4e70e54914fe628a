internal import CCurl
internal import Synchronization

/// One exchange: a libcurl handle, and the state that its callbacks share with the waiting task.
///
/// `@unchecked Sendable`: `handle`, `list`, `headerLines`, `timing` and `sendings` are made by the initialiser and from
/// ``TransferLoop/add(_:)`` on touched by the loop's thread alone, until the loop lets go; everything else that changes
/// is in `state`.
@safe final class Transfer: @unchecked Sendable {
  let handle: UnsafeMutableRawPointer
  let isIdempotent: Bool
  let state = Mutex(TransferState())
  let loop: TransferLoop
  let consumer: (any HTTPClient.BodyConsumer)?

  /// What the consumer said last.
  enum Reading {
    case open
    case paused
    case over
  }

  // The loop's thread alone:
  var timing: TransferTiming
  var sendings = 0
  /// Bytes of a response's head, interim responses included, beyond which it is none.
  static let maximumHeadBytes = 256 << 10
  var headBytes = 0
  var isHTTP1 = true
  var headerLines: (status: Int, fields: [HTTPClient.Headers.Field])?
  /// The consumer takes the body.
  var isConsumed = false
  var reading = Reading.open
  private var list: UnsafeMutablePointer<curl_slist>?

  init(
    _ request: HTTPClient.Request, consumer: (any HTTPClient.BodyConsumer)?, configuration: HTTPClient.Configuration,
    loop: TransferLoop
  ) throws {
    try TransferOptions.check(request)
    _ = TransferLoop.prepared
    guard let handle = unsafe curl_easy_init() else {
      throw HTTPClientError(.other, "libcurl gave no handle", mayHaveBeenActedOn: false)
    }
    unsafe self.handle = handle
    if case .stream(let length, _) = request.body { state.withLock { $0.outgoingLength = length } }
    self.loop = loop
    self.consumer = consumer
    timing = TransferTiming(request.deadlines)
    isIdempotent = ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"].contains(request.method)
    unsafe list = TransferOptions.headerList(request)
    unsafe TransferOptions.apply(request, configuration, to: handle, headers: list)
    unsafe TransferCallbacks.install(on: handle, for: self, request)
  }

  deinit {
    unsafe curl_easy_cleanup(handle)
    unsafe curl_slist_free_all(list)
  }

  /// The handle as a key.
  var key: UInt { unsafe UInt(bitPattern: handle) }

  // MARK: The task's side

  var producerFailure: (any Error)? { state.withLock { $0.producerFailure } }

  func head() async throws -> TransferState.Head {
    try await waiting { waiter in state.withLock { $0.wait(waiter, forHead: true) } }
    return try state.withLock { state in
      if let head = state.head { return head }
      throw state.failure
        ?? HTTPClientError(.protocolViolation, "the exchange ended without a status", mayHaveBeenActedOn: true)
    }
  }

  func nextPiece() async throws -> [UInt8]? {
    while true {
      switch state.withLock({ $0.read() }) {
      case .piece(let piece, let resume):
        if resume { loop.post(.resume(self)) }
        return piece
      case .end: return nil
      case .failed(let error): throw error
      case .wait: try await waiting { waiter in state.withLock { $0.wait(waiter, forHead: false) } }
      }
    }
  }

  /// Waits until the consumer has news or the exchange has ended; false: it has ended, and whole.
  func waitForNews() async throws -> Bool {
    while true {
      switch state.withLock({ $0.readNews() }) {
      case .news: return true
      case .end: return false
      case .failed(let error): throw error
      case .wait(let resume):
        if resume { loop.post(.resume(self)) }
        try await waiting { waiter in state.withLock { $0.wait(waiter, forHead: false) } }
      }
    }
  }

  func write(_ bytes: [UInt8]) async throws {
    while true {
      switch state.withLock({ $0.write(bytes) }) {
      case .accepted(let resume):
        if resume { loop.post(.resume(self)) }
        return
      case .ended(let error): throw error
      case .wait: try await waiting { waiter in state.withLock { $0.waitForRoom(waiter) } }
      }
    }
  }

  /// Runs the closure that makes the request's body.
  func produce(_ body: @Sendable (HTTPClient.BodyWriter) async throws -> Void) async throws {
    do {
      try await body(HTTPClient.BodyWriter(transfer: self))
    } catch {
      let alreadyOver = state.withLock { $0.isFinished }
      if !alreadyOver, state.withLock({ $0.endOutgoing(error) }) { loop.post(.resume(self)) }
      throw error
    }
    if state.withLock({ $0.endOutgoing(nil) }) { loop.post(.resume(self)) }
  }

  /// The task will read no more: an exchange that is still under way is cut.
  func leave() {
    if !state.withLock({ $0.isFinished || $0.isDraining }) { loop.post(.cancel(self)) }
  }

  private func waiting(_ register: (TransferState.Waiter) -> Bool) async throws {
    await withTaskCancellationHandler {
      await withCheckedContinuation { (waiter: TransferState.Waiter) in
        if register(waiter) { waiter.resume() }
      }
    } onCancel: {
      loop.post(.cancel(self))
    }
    try Task.checkCancellation()
  }

  // MARK: The loop's side

  /// An exchange that the loop never took ends.
  func refuse(_ failure: any Error) {
    for waiter in state.withLock({ $0.finished(failure) }) { waiter.resume() }
  }
}
