import FoundationEssentials

/// An answer: a status, fields, and one of several kinds of body.
public struct HTTPResponse: Sendable {
  /// Where the bytes of an answer come from.
  public enum Body: Sendable {
    /// No body.
    case none
    /// Bytes that are there.
    case bytes([UInt8])
    /// Bytes that a closure writes while the answer is on its way. With a length the body is framed by it and must
    /// have exactly as many bytes; without, it is chunked. Returning ends the body; throwing cuts the connection, so
    /// that a client can tell that it is not whole.
    case stream(length: Int?, @Sendable (HTTPBodyWriter) async throws -> Void)
    /// A `text/event-stream`; returning ends it.
    case events(ServerSentEventOptions, @Sendable (ServerSentEventWriter) async throws -> Void)
    /// A regular file, whole, read by the loop's helpers while it is sent.
    case file(path: String)
  }

  /// The status.
  public var status: HTTPStatus
  /// The fields; those that frame the message are added by the server.
  public var headers: HTTPHeaders
  /// The body.
  public var body: Body

  /// An answer.
  public init(status: HTTPStatus, headers: HTTPHeaders = [:], body: Body = .none) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// Bytes with their media type.
  public static func bytes(_ bytes: [UInt8], contentType: String, status: HTTPStatus = .ok) -> HTTPResponse {
    HTTPResponse(status: status, headers: ["content-type": contentType], body: .bytes(bytes))
  }

  /// UTF-8 text.
  public static func text(
    _ text: String, contentType: String = "text/plain; charset=utf-8", status: HTTPStatus = .ok
  ) -> HTTPResponse {
    .bytes(Array(text.utf8), contentType: contentType, status: status)
  }

  /// A value as JSON with sorted keys. A value that cannot be encoded is a programmer's error and answers 500.
  public static func json(_ value: some Encodable, status: HTTPStatus = .ok) -> HTTPResponse {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(value) else {
      return HTTPError(.internalServerError, detail: "The answer could not be encoded.").response
    }
    return .bytes(Array(data), contentType: "application/json", status: status)
  }
}
