/// TLS and authentication of a connection.
public enum KafkaSecurity: Sendable {
  /// Neither.
  case plaintext
  /// TLS.
  case tls(TLS)
  /// Authentication without encryption: for loopback and tests.
  case sasl(SASL)
  /// Both.
  case saslTLS(SASL, TLS)

  /// Certificates and keys.
  public struct TLS: Sendable {
    /// A file with the certificates of the authorities to trust, PEM. Default `nil`: the system's.
    public var authorityFile: String?
    /// The same as PEM text.
    public var authorityPEM: String?
    /// A file with the client's certificate, PEM.
    public var certificateFile: String?
    /// A file with the client's key, PEM.
    public var keyFile: String?
    /// The password of the key.
    public var keyPassword: String?
    /// Whether the broker's certificate must be valid and name the host that was asked for. Default `true`.
    public var verifiesBroker: Bool = true

    /// TLS with the system's authorities.
    public init(authorityFile: String? = nil, certificateFile: String? = nil, keyFile: String? = nil) {
      self.authorityFile = authorityFile
      self.certificateFile = certificateFile
      self.keyFile = keyFile
    }
  }

  /// How the client says who it is.
  public enum SASL: Sendable {
    /// Name and password in the clear: only over TLS.
    case plain(username: String, password: String)
    /// SCRAM with SHA-256.
    case scramSHA256(username: String, password: String)
    /// SCRAM with SHA-512.
    case scramSHA512(username: String, password: String)
    /// A bearer token. The closure is called when the client starts and again before a token expires (at 80 % of its life);
    /// a throw is logged and tried again after 10 s.
    case oauthBearer(@Sendable () async throws -> OAuthToken)
  }

  /// A bearer token for SASL/OAUTHBEARER.
  public struct OAuthToken: Sendable {
    /// The token, as the broker's validator expects it (usually a JWT).
    public var token: String
    /// When it expires, in milliseconds since 1970.
    public var expiresAtMilliseconds: Int64
    /// Whom it stands for.
    public var principal: String
    /// SASL extensions.
    public var extensions: [String: String]

    /// A token.
    public init(token: String, expiresAtMilliseconds: Int64, principal: String, extensions: [String: String] = [:]) {
      self.token = token
      self.expiresAtMilliseconds = expiresAtMilliseconds
      self.principal = principal
      self.extensions = extensions
    }
  }
}
