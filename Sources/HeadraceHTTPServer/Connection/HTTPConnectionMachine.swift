/// What one connection does next, without I/O: bytes, the progress of the answer and the clock go in, actions come out.
///
/// After every input call `next` until it gives nothing. One request at a time: what a client pipelines waits in the
/// parser until the answer before it has left.
struct HTTPConnectionMachine: Sendable {
  /// Times in milliseconds.
  struct Timing: Sendable {
    /// A connection without a request.
    var idle: UInt64 = 60_000
    /// A head, from its first byte to its last, however it drips.
    var head: UInt64 = 10_000
    /// The window over which a body's rate is measured.
    var bodyWindow: UInt64 = 30_000
    /// Bytes that must come within a window.
    var bodyBytes = 30 << 10
    /// How long the client's last bytes are read and thrown away, so that they do not destroy the answer.
    var linger: UInt64 = 1_000
  }

  enum Action: Sendable, Hashable {
    /// A request begins. Answer with `limitBody`, or refuse it.
    case start(HTTPRequestHead)
    /// A slice of its body.
    case body([UInt8])
    /// Its body is whole.
    case endBody
    /// Its body cannot become whole; the handler answers, then the connection ends.
    case failBody(HTTPRefusal)
    /// Answer this; no handler is there to do it.
    case refuse(HTTPRefusal)
    /// The client went away while a request was being handled.
    case clientGone
    /// Send the end of the stream behind the answer.
    case shutdown
    /// Close the socket.
    case close
  }

  private enum Phase: Sendable, Hashable {
    case idle(since: UInt64)
    case head(since: UInt64)
    case body(windowStart: UInt64, windowBytes: Int, paused: Bool)
    case parked
    case refusing
    case lingering(since: UInt64)
    case closed
  }

  private enum Answer: Sendable, Hashable {
    case none
    case started
    /// Every byte was handed over; the network may still be taking them.
    case produced
  }

  let timing: Timing
  private var parser: HTTPRequestParser
  private var phase: Phase
  private var answer = Answer.none
  private var keepAlive = true
  private var mustClose = false
  private var isDraining = false
  private var pending: [Action] = []

  init(timing: Timing = Timing(), limits: HTTPRequestParser.Limits = .init(), now: UInt64) {
    self.timing = timing
    parser = HTTPRequestParser(limits: limits)
    phase = .idle(since: now)
  }

  // MARK: Inputs

  mutating func received(_ bytes: some Collection<UInt8>, now: UInt64) {
    switch phase {
    case .lingering, .closed, .refusing: return
    case .idle: phase = .head(since: now)
    case .body(let start, let count, let paused):
      phase = .body(windowStart: start, windowBytes: count + bytes.count, paused: paused)
    case .head, .parked: break
    }
    parser.append(bytes)
  }

  /// The client's side ended or broke.
  mutating func clientEnded(isError: Bool) {
    switch phase {
    case .closed: return
    case .idle, .head, .lingering, .refusing: closeNow()
    case .body, .parked:
      // An answer that is whole is still delivered to a client that only closed its own side.
      if answer == .produced, !isError {
        mustClose = true
        return
      }
      phase = .closed
      pending.append(.clientGone)
      pending.append(.close)
    }
  }

  /// The most bytes the body of the request that just started may have. Returns a refusal where its length is known
  /// to be more.
  mutating func limitBody(_ limit: Int, length: Int?) -> HTTPRefusal? {
    if let length, length > limit {
      mustClose = true
      phase = .refusing
      return HTTPRefusal(.contentTooLarge, "The body has \(length) bytes; this path takes up to \(limit).")
    }
    parser.bodyLimit = limit
    return nil
  }

  /// The reader of the body has enough for now.
  mutating func pauseBody() {
    if case .body(let start, let count, _) = phase {
      phase = .body(windowStart: start, windowBytes: count, paused: true)
    }
  }

  /// The reader of the body wants more. The client's clock starts anew: the pause was not its fault.
  mutating func resumeBody(now: UInt64) {
    if case .body(_, _, true) = phase { phase = .body(windowStart: now, windowBytes: 0, paused: false) }
  }

  /// The answer begins. Returns whether the connection ends after it.
  mutating func answerStarts(close: Bool) -> Bool {
    answer = .started
    if case .body = phase { mustClose = true }
    if phase == .refusing || close || isDraining || !keepAlive { mustClose = true }
    return mustClose
  }

  /// Every byte of the answer was handed over.
  mutating func answerProduced() { answer = .produced }

  /// Every byte of the answer has left.
  mutating func answerLeft(now: UInt64) {
    guard phase != .closed else { return }
    answer = .none
    if mustClose || isDraining {
      phase = .lingering(since: now)
      pending.append(.shutdown)
    } else {
      phase = parser.buffered > 0 ? .head(since: now) : .idle(since: now)
    }
  }

  /// From now on every answer ends its connection; an idle connection ends now.
  mutating func drain() {
    isDraining = true
    if case .idle = phase { closeNow() }
  }

  /// The answer cannot be finished: close without ceremony.
  mutating func closeNow() {
    guard phase != .closed else { return }
    phase = .closed
    pending.append(.close)
  }

  // MARK: Outputs

  mutating func next() -> Action? {
    if !pending.isEmpty { return pending.removeFirst() }
    switch phase {
    case .idle, .head: return nextOfHead()
    case .body(_, _, paused: false): return nextOfBody()
    case .body, .parked, .refusing, .lingering, .closed: return nil
    }
  }

  private mutating func nextOfHead() -> Action? {
    switch parser.next() {
    case .head(let head):
      keepAlive = head.keepAlive
      if head.framing == .none {
        _ = parser.next()
        phase = .parked
      } else {
        let start: UInt64 = if case .head(let since) = phase { since } else { 0 }
        phase = .body(windowStart: start, windowBytes: 0, paused: false)
      }
      return .start(head)
    case .refuse(let refusal):
      mustClose = true
      phase = .refusing
      return .refuse(refusal)
    case .needsMore, .body, .end: return nil
    }
  }

  private mutating func nextOfBody() -> Action? {
    switch parser.next() {
    case .body(let slice): return .body(slice)
    case .end:
      phase = .parked
      return .endBody
    case .refuse(let refusal):
      mustClose = true
      phase = .parked
      return .failBody(refusal)
    case .needsMore, .head: return nil
    }
  }

  /// Whether the socket should be read. A parked connection is read too: that is how a hang-up is seen.
  var wantsReading: Bool {
    switch phase {
    case .idle, .head, .refusing, .lingering: true
    case .body(_, _, let paused): !paused
    case .parked: parser.buffered < 64 << 10
    case .closed: false
    }
  }

  // MARK: The clock

  /// When `deadlinePassed` should be asked, in milliseconds of the caller's clock.
  var deadline: UInt64? {
    switch phase {
    case .idle(let since): since + timing.idle
    case .head(let since): since + timing.head
    case .body(let start, _, paused: false): start + timing.bodyWindow
    case .lingering(let since): since + timing.linger
    case .body, .parked, .refusing, .closed: nil
    }
  }

  mutating func deadlinePassed(now: UInt64) {
    guard let deadline, now >= deadline else { return }
    switch phase {
    case .idle, .lingering: closeNow()
    case .head:
      mustClose = true
      phase = .refusing
      pending.append(.refuse(HTTPRefusal(.requestTimeout, "The head of the request took too long.")))
    case .body(_, let count, _):
      if count >= timing.bodyBytes {
        phase = .body(windowStart: now, windowBytes: 0, paused: false)
      } else {
        mustClose = true
        phase = .parked
        pending.append(.failBody(HTTPRefusal(.requestTimeout, "The body of the request came too slowly.")))
      }
    case .parked, .refusing, .closed: break
    }
  }
}
