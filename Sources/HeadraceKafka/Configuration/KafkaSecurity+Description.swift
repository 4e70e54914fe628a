/// Passwords and tokens never get into logs, whatever is printed or dumped.
private let hidden = "[secret]"

extension KafkaSecurity.SASL: CustomStringConvertible, CustomReflectable {
  /// Mechanism and name.
  public var description: String {
    switch self {
    case .plain(let username, _): "plain(username: \(username), password: \(hidden))"
    case .scramSHA256(let username, _): "scramSHA256(username: \(username), password: \(hidden))"
    case .scramSHA512(let username, _): "scramSHA512(username: \(username), password: \(hidden))"
    case .oauthBearer: "oauthBearer"
    }
  }

  /// The description alone.
  public var customMirror: Mirror { Mirror(self, children: []) }
}

extension KafkaSecurity.TLS: CustomStringConvertible, CustomReflectable {
  private var shown: KeyValuePairs<String, Any> {
    [
      "authorityFile": authorityFile as Any, "authorityPEM": authorityPEM as Any,
      "certificateFile": certificateFile as Any, "keyFile": keyFile as Any,
      "keyPassword": keyPassword == nil ? "nil" : hidden, "verifiesBroker": verifiesBroker,
    ]
  }

  /// The values, without the key's password.
  public var description: String { "TLS(\(shown.map { "\($0): \($1)" }.joined(separator: ", ")))" }

  /// The same.
  public var customMirror: Mirror { Mirror(self, children: shown) }
}

extension KafkaSecurity.OAuthToken: CustomStringConvertible, CustomReflectable {
  private var shown: KeyValuePairs<String, Any> {
    ["token": hidden, "expiresAtMilliseconds": expiresAtMilliseconds, "principal": principal]
  }

  /// Whose token, and until when.
  public var description: String { "OAuthToken(\(shown.map { "\($0): \($1)" }.joined(separator: ", ")))" }

  /// The same.
  public var customMirror: Mirror { Mirror(self, children: shown) }
}

extension KafkaConfiguration: CustomReflectable {
  /// The description's properties.
  public var customMirror: Mirror { Mirror(self, children: ["properties": description]) }
}
