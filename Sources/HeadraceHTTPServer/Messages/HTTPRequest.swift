/// A request as a handler sees it: the head is whole and checked, the body streams.
public struct HTTPRequest: Sendable {
  /// The method.
  public let method: HTTPMethod
  /// The path as it came, escapes and all, without the query.
  public let path: String
  /// The decoded pairs behind the `?`.
  public let query: HTTPQuery
  /// The header fields.
  public var headers: HTTPHeaders
  /// The body; it may be read once.
  public let body: HTTPRequestBody
  /// Decoded path parameters by name.
  public internal(set) var parameters: [String: String]
  /// The pattern of the route that took the request, `/v1/documents/{id}` for example; `nil` where none did.
  public internal(set) var route: String?
  /// Tells a handler that parks that the server is about to stop.
  public let drain: DrainSignal
  /// What middleware hands to handlers.
  public var context: [String: any Sendable] = [:]

  /// A path parameter. A name that the route does not have is a programmer's error and answers 500.
  public func parameter(_ name: String) throws -> String {
    guard let value = parameters[name] else {
      throw HTTPError(.internalServerError, detail: "The route has no parameter \(name).")
    }
    return value
  }

  /// A request that came over no wire, for tests of handlers.
  public init(
    _ method: HTTPMethod, _ path: String, query: HTTPQuery = HTTPQuery(), headers: HTTPHeaders = HTTPHeaders(),
    body: [UInt8] = []
  ) {
    self.init(
      method: method, path: path, query: query, headers: headers, body: HTTPRequestBody(body), drain: DrainSignal())
  }

  init(
    method: HTTPMethod, path: String, query: HTTPQuery, headers: HTTPHeaders, body: HTTPRequestBody,
    drain: DrainSignal
  ) {
    self.method = method
    self.path = path
    self.query = query
    self.headers = headers
    self.body = body
    self.parameters = [:]
    self.drain = drain
  }
}
