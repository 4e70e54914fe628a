internal import HeadraceCore
internal import HeadraceHTTP
internal import Synchronization

/// Reads a streamed answer on the HTTP client's thread: its task is woken for the end, and for text only when somebody
/// listens to it. Twenty tokens a second of each of a thousand streams are otherwise twenty thousand wake-ups.
final class AnswerReader: HTTPClient.BodyConsumer {
  /// Bytes of text that may wait for the listener before the stream is paused.
  static let highWater = 64 << 10
  /// Bytes of one answer, its framing included, beyond which it is given up.
  static let limit = 64 << 20

  /// How the server answers: by what it sends, whatever it calls it.
  fileprivate enum Form {
    case unknown
    case events
    /// JSON in one piece, from a server that does not stream.
    case whole([UInt8])
  }

  fileprivate struct State {
    var form = Form.unknown
    var parser = ServerSentEventParser()
    var decoder: any ChatStreamDecoder
    var failure: LLMError?
    var firstToken: ContinuousClock.Instant?
    /// Text that the listener has not heard.
    var text = ""
    var bytes = 0
    var hasEvents = false
  }

  /// What the task has to know when it is woken. The text came before all else.
  struct News {
    var text: String
    var failure: LLMError?
    var isComplete: Bool
  }

  private let isHeard: Bool
  private let state: Mutex<State>

  init(_ decoder: any ChatStreamDecoder, isHeard: Bool) {
    self.isHeard = isHeard
    state = Mutex(State(decoder: decoder))
  }

  let awaitsContent = true

  /// An answer with an error status is read by the task.
  func accepts(status: Int, headers: HTTPClient.Headers) -> Bool { (200..<300).contains(status) }

  func consume(_ piece: Span<UInt8>) -> HTTPClient.BodyWish {
    state.withLock { state in
      do throws(LLMError) {
        try state.read(piece, isHeard: isHeard)
      } catch {
        // There is nothing more to learn, and its connection is not kept.
        state.failure = error
        return .end(letFinish: .zero)
      }
      // What a server sends after the end mark is nobody's business, and must not be waited for; but when it ends soon by
      // itself, its connection can be kept.
      if state.decoder.isComplete { return .end(letFinish: .milliseconds(250)) }
      if state.text.isEmpty { return state.hasContent ? .more : .nothingYet }
      return state.text.utf8.count < Self.highWater ? .wake : .pause
    }
  }

  func news() -> News {
    state.withLock { state in
      defer { state.text = "" }
      return News(text: state.text, failure: state.failure, isComplete: state.decoder.isComplete)
    }
  }

  /// The body of an answer that came in one piece, once.
  func takeWhole() -> [UInt8]? {
    state.withLock { state in
      guard case .whole(let bytes) = state.form else { return nil }
      state.form = .whole([])
      if state.firstToken == nil { state.firstToken = .now }
      return bytes
    }
  }

  /// What has come so far.
  var answer: RawAnswer { state.withLock { $0.decoder.answer } }

  /// Whether any event came, whatever was in it.
  var hasEvents: Bool { state.withLock { $0.hasEvents } }

  /// When the first text came.
  var firstToken: ContinuousClock.Instant? { state.withLock { $0.firstToken } }
}

extension AnswerReader.State {
  /// More than comments came.
  fileprivate var hasContent: Bool {
    if case .whole = form { return true }
    return hasEvents
  }

  mutating func read(_ piece: Span<UInt8>, isHeard: Bool) throws(LLMError) {
    bytes += piece.count
    guard bytes <= AnswerReader.limit else {
      throw LLMError(.protocolViolation, "the answer is larger than \(AnswerReader.limit) bytes", mayHaveBeenPaid: true)
    }
    if case .unknown = form { form = Self.form(of: piece) }
    if case .whole(var body) = form {
      form = .unknown
      piece.withUnsafeBufferPointer { body.append(contentsOf: $0) }
      form = .whole(body)
      return
    }
    let events: [StreamedEvent]
    do {
      events = try parser.consume(piece)
    } catch {
      throw LLMError(.protocolViolation, "an event of the stream is too large", mayHaveBeenPaid: true)
    }
    hasEvents = hasEvents || !events.isEmpty
    for event in events where !decoder.isComplete {
      let added = try decoder.consume(event)
      guard !added.isEmpty else { continue }
      if firstToken == nil { firstToken = .now }
      if isHeard { text += added }
    }
  }

  /// A line of a stream of events never begins with a brace.
  private static func form(of piece: Span<UInt8>) -> AnswerReader.Form {
    for index in piece.indices {
      switch piece[index] {
      case 0x20, 0x09, 0x0A, 0x0D: continue
      case UInt8(ascii: "{"), UInt8(ascii: "["): return .whole([])
      default: return .events
      }
    }
    return .unknown
  }
}
