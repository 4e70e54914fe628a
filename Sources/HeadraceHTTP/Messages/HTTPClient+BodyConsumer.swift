extension HTTPClient {
  /// Takes the body of a response on the client's own thread, piece by piece, and says when its task is worth waking: for
  /// bodies of many small pieces, of which few mean anything to the task. See ``Response/wait()``.
  ///
  /// One exchange at a time; the calls of one exchange come one after the other. Every exchange of the client waits while
  /// one of these methods runs: they compute, and do nothing else.
  package protocol BodyConsumer: AnyObject, Sendable {
    /// The head is there. False: the body is read from ``HTTPClient/Response/body``, as always.
    func accepts(status: Int, headers: Headers) -> Bool

    /// Whether the time allowed for the first byte goes on until a piece is more than ``BodyWish/nothingYet``: a server may
    /// send its head, and signs of life, long before it has anything to say.
    var awaitsContent: Bool { get }

    /// Takes a piece, never empty. It is always taken, whatever the answer.
    func consume(_ piece: Span<UInt8>) -> BodyWish
  }

  /// What a ``BodyConsumer`` wants after a piece.
  package enum BodyWish: Sendable {
    /// The next piece; this one was a sign of life and nothing else.
    case nothingYet
    /// The next piece.
    case more
    /// The next piece, and that its task be woken.
    case wake
    /// That its task be woken, and no piece until that waits again: it is the slow side.
    case pause
    /// Nothing more: its task is woken, and the exchange may still end by itself within `letFinish`, unread, so that its
    /// connection is kept.
    case end(letFinish: Duration)
  }
}
