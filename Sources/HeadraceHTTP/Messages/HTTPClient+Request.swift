extension HTTPClient {
  /// A request. Redirects are not followed and a request is never sent twice by the client itself.
  public struct Request: Sendable {
    /// `GET`, `POST`, …, upper case.
    public var method: String
    /// An absolute URL, percent-encoded: `http` or `https` only.
    public var url: String
    /// Fields to send beside those that HTTP itself needs.
    public var headers: Headers
    /// What to send.
    public var body: Body
    /// Bounds on time.
    public var deadlines: Deadlines
    /// Signs the request for S3.
    public var signature: Signature?
    /// Bytes of libcurl's receive buffer for this exchange: 1,024 … 524,288, default 16,384. Small for token streams,
    /// large for downloads.
    public var receiveBufferBytes: Int
    /// Asks for the body as it is, and undoes what compression a server or proxy puts on it all the same.
    package var decodesContent = false

    /// Makes a request.
    public init(
      method: String = "GET", url: String, headers: Headers = [:], body: Body = .none, deadlines: Deadlines = .init(),
      signature: Signature? = nil, receiveBufferBytes: Int = 16_384
    ) {
      self.method = method
      self.url = url
      self.headers = headers
      self.body = body
      self.deadlines = deadlines
      self.signature = signature
      self.receiveBufferBytes = receiveBufferBytes
    }

    /// As the public one.
    package init(
      method: String, url: String, headers: Headers, body: Body, deadlines: Deadlines, receiveBufferBytes: Int,
      decodesContent: Bool
    ) {
      self.init(
        method: method, url: url, headers: headers, body: body, deadlines: deadlines,
        receiveBufferBytes: receiveBufferBytes)
      self.decodesContent = decodesContent
    }

    /// A request body.
    public enum Body: Sendable {
      /// No body.
      case none
      /// Bytes in memory.
      case bytes([UInt8])
      /// Bytes that are produced while they are sent. With a length they go with `Content-Length`, without one in
      /// chunks. The closure runs in a child task of the caller; `write` waits while the connection is slow.
      /// Writing fewer or more bytes than the length fails the request.
      case stream(length: Int64?, @Sendable (BodyWriter) async throws -> Void)
    }
  }
}
