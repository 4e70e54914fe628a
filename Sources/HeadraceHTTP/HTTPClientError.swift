public import HeadraceCore

/// Why an exchange failed, and whether the server may have acted on the request.
///
/// A status code is never an error here: 404 and 503 are responses.
public struct HTTPClientError: ClassifiedError, CustomStringConvertible {
  /// What failed.
  public struct Kind: Sendable, Hashable, CustomStringConvertible {
    /// The stable word for it, used in logs and as ``HTTPClientError/reason``.
    public let description: String

    /// The request cannot be sent as it is: URL, method, header or signature.
    public static let invalidRequest = Kind(description: "http_invalid_request")
    /// The name has no address, or the resolver did not answer.
    public static let nameResolution = Kind(description: "http_name_resolution")
    /// No connection: refused, unreachable, or the proxy said no.
    public static let connection = Kind(description: "http_connection")
    /// The TLS handshake failed, or the certificate is not trusted.
    public static let tls = Kind(description: "http_tls")
    /// ``HTTPClient/Deadlines/connect`` passed.
    public static let connectTimeout = Kind(description: "http_connect_timeout")
    /// ``HTTPClient/Deadlines/firstByte`` passed.
    public static let firstByteTimeout = Kind(description: "http_first_byte_timeout")
    /// ``HTTPClient/Deadlines/betweenBytes`` passed.
    public static let betweenBytesTimeout = Kind(description: "http_between_bytes_timeout")
    /// ``HTTPClient/Deadlines/total`` passed.
    public static let totalTimeout = Kind(description: "http_total_timeout")
    /// The connection was lost before a response came.
    public static let connectionLost = Kind(description: "http_connection_lost")
    /// The response began and was cut.
    public static let brokenStream = Kind(description: "http_broken_stream")
    /// The body is larger than the caller allows.
    public static let tooLarge = Kind(description: "http_too_large")
    /// The other side does not speak HTTP as it should.
    public static let protocolViolation = Kind(description: "http_protocol_violation")
    /// The closure that makes the request's body ended early or wrote too much.
    public static let requestBody = Kind(description: "http_request_body")
    /// The caller left before the end.
    public static let cancelled = Kind(description: "http_cancelled")
    /// The client was shut down.
    public static let closed = Kind(description: "http_client_closed")
    /// Anything else that libcurl reports.
    public static let other = Kind(description: "http_other")
  }

  /// What failed.
  public let kind: Kind
  /// In words; holds no header and no body.
  public let message: String
  /// False only when it is certain that no byte of the request left this machine.
  public let mayHaveBeenActedOn: Bool

  /// Makes an error.
  public init(_ kind: Kind, _ message: String, mayHaveBeenActedOn: Bool) {
    self.kind = kind
    self.message = message
    self.mayHaveBeenActedOn = mayHaveBeenActedOn
  }

  /// `configuration` for what no repeat can mend (URL, certificate), `bug` for a bad request body, else `transient`.
  public var failureClass: FailureClass {
    switch kind {
    case .invalidRequest, .tls: .configuration
    case .requestBody: .bug
    case .tooLarge: .content
    default: .transient
    }
  }

  /// Never known at this level.
  public var retryAfter: Duration? { nil }

  /// The kind's stable word.
  public var reason: String { kind.description }

  /// For people: kind and message.
  public var description: String { "\(kind): \(message)" }
}
