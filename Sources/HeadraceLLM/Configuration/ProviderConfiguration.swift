/// Somebody who serves models, and how to speak to them.
public struct ProviderConfiguration: Sendable, Hashable {
  /// The protocol that a provider speaks.
  public enum Dialect: String, Sendable, Hashable, CaseIterable {
    /// OpenAI's Chat Completions, and every compatible server.
    case openAIChat = "openai-chat"
    /// OpenAI's Responses.
    case openAIResponses = "openai-responses"
    /// Anthropic's Messages.
    case anthropic
    /// Gemini's generateContent.
    case gemini
  }

  /// Its name in routes, bills and metrics, e.g. `openai`.
  public var name: String
  /// Its protocol.
  public var dialect: Dialect
  /// Where it listens. OpenAI dialects: with `/v1`; Anthropic and Gemini: without path.
  public var baseURL: String
  /// Its key; `nil` for servers that want none.
  public var apiKey: Secret?
  /// Further headers, e.g. an organisation.
  public var headers: [String: Secret]
  /// Regions in which it processes data, e.g. `["eu"]`.
  public var residency: Set<String>
  /// The most sensitive data it is cleared for. Default `internal`; for a server of our own say `restricted`.
  public var clearance: DataClass

  /// Where it listens, for people: without path, and without a name and password that somebody put into it.
  var address: String {
    guard let scheme = baseURL.firstRange(of: "://") else { return baseURL }
    let authority = baseURL[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" }
    let host = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
    return "\(baseURL[..<scheme.upperBound])\(host)"
  }

  /// Makes a provider.
  public init(
    name: String, dialect: Dialect, baseURL: String, apiKey: Secret? = nil, headers: [String: Secret] = [:],
    residency: Set<String> = [], clearance: DataClass = .internal
  ) {
    self.name = name
    self.dialect = dialect
    self.baseURL = baseURL
    self.apiKey = apiKey
    self.headers = headers
    self.residency = residency
    self.clearance = clearance
  }
}
