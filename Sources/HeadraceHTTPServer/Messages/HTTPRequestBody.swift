/// A request's body as it arrives: slices of at most a few hundred kilobytes, in order.
///
/// Iterate it once, from one task. What is not taken stays in the client's hands: the server stops reading the socket
/// when 256 KiB wait. Iteration throws `HTTPConnectionClosed` when the client goes away in the middle, and
/// `HTTPError` when the body is too large, malformed or too slow. A client that waits for `100 Continue` gets it when
/// the first slice is asked for, so a handler that refuses before that spares it the upload.
public struct HTTPRequestBody: AsyncSequence, Sendable {
  /// A slice.
  public typealias Element = [UInt8]

  /// What `Content-Length` says; `nil` for a chunked body.
  public let length: Int?
  /// Whether the request has a body at all.
  public var isEmpty: Bool { length == 0 }

  private let channel: RequestBodyChannel

  init(channel: RequestBodyChannel, length: Int?) {
    self.channel = channel
    self.length = length
  }

  /// A body that is there already.
  init(_ bytes: [UInt8]) {
    channel = RequestBodyChannel(capacity: .max, onWanted: {}, onRoom: {})
    if !bytes.isEmpty { _ = channel.push(bytes) }
    channel.finish()
    length = bytes.count
  }

  /// The whole body.
  /// - Parameter limit: the most bytes to take; more throws `HTTPError` with status 413.
  public func collect(upTo limit: Int) async throws -> [UInt8] {
    if let length, length > limit { throw HTTPError.contentTooLarge(limit: limit) }
    var whole: [UInt8] = []
    for try await slice in self {
      guard whole.count + slice.count <= limit else { throw HTTPError.contentTooLarge(limit: limit) }
      if whole.isEmpty { whole = slice } else { whole += slice }
    }
    return whole
  }

  /// Begins to read.
  public func makeAsyncIterator() -> Iterator { Iterator(channel: channel) }

  /// Reads slices.
  public struct Iterator: AsyncIteratorProtocol {
    let channel: RequestBodyChannel

    /// The next slice, or `nil` at the end.
    public mutating func next() async throws -> [UInt8]? { try await channel.next() }

    /// The next slice, or `nil` at the end.
    public mutating func next(isolation actor: isolated (any Actor)?) async throws -> [UInt8]? {
      try await channel.next()
    }
  }
}
