/// Finds the handler of a request by method and path, and runs middleware around it.
///
/// Patterns are segments: `{name}` takes one segment, `{name...}` at the end takes the rest. Where several fit,
/// literal segments win over parameters. A `HEAD` without a route of its own takes that of `GET`.
public struct Router: Sendable {
  /// Answers a request. Thrown `HTTPError`s become problem documents, others a 500.
  public typealias Handler = @Sendable (HTTPRequest) async throws -> HTTPResponse
  /// Answers a request, usually by the next in line.
  public typealias Middleware = @Sendable (HTTPRequest, Handler) async throws -> HTTPResponse

  /// A path with its method.
  public struct Route: Sendable {
    /// The method.
    public let method: HTTPMethod
    /// The pattern as registered.
    public let pattern: String
    /// Bytes a body may have; more is refused with 413, by its `Content-Length` before any of it is read.
    public let bodyLimit: Int
    let parts: [PathPart]
    fileprivate(set) var handler: Handler
  }

  /// 1 MiB: enough for any JSON an interface like this takes; uploads say their own.
  public static let defaultBodyLimit = 1 << 20

  /// Every route in the order of registration.
  public private(set) var routes: [Route] = []
  private var middleware: [Middleware] = []
  private var isSealed = false

  /// A router without routes: everything is 404.
  public init() {}

  /// Adds a route.
  public mutating func on(
    _ method: HTTPMethod, _ pattern: String, bodyLimit: Int = Router.defaultBodyLimit,
    handler: @escaping Handler
  ) {
    let parts = PathPart.parse(pattern)
    precondition(
      !routes.contains { $0.method == method && $0.parts.map(\.shape) == parts.map(\.shape) },
      "\(method) \(pattern) is registered twice")
    routes.append(Route(method: method, pattern: pattern, bodyLimit: bodyLimit, parts: parts, handler: handler))
  }

  /// Adds a route for `GET` (and `HEAD`).
  public mutating func get(_ pattern: String, handler: @escaping Handler) { on(.get, pattern, handler: handler) }

  /// Adds a route for `POST`.
  public mutating func post(
    _ pattern: String, bodyLimit: Int = Router.defaultBodyLimit, handler: @escaping Handler
  ) { on(.post, pattern, bodyLimit: bodyLimit, handler: handler) }

  /// Adds a route for `PUT`.
  public mutating func put(
    _ pattern: String, bodyLimit: Int = Router.defaultBodyLimit, handler: @escaping Handler
  ) { on(.put, pattern, bodyLimit: bodyLimit, handler: handler) }

  /// Adds a route for `DELETE`.
  public mutating func delete(_ pattern: String, handler: @escaping Handler) {
    on(.delete, pattern, handler: handler)
  }

  /// Puts middleware around every handler, also around the answers 404 and 405. The first added is the outermost.
  public mutating func use(_ middleware: @escaping Middleware) { self.middleware.append(middleware) }

  /// The same router with its middleware around every handler once and for all, rather than at each request.
  func sealed() -> Router {
    var sealed = self
    for index in sealed.routes.indices { sealed.routes[index].handler = wrapped(sealed.routes[index].handler) }
    sealed.isSealed = true
    return sealed
  }

  // MARK: Resolution

  struct Match: Sendable {
    let pattern: String?
    let parameters: [String: String]
    let bodyLimit: Int
    let handler: Handler
  }

  func resolve(method: HTTPMethod, segments: [String]) -> Match {
    var best: (route: Route, parameters: [String: String], weight: [Int])?
    var allowed: Set<String> = []
    for route in routes {
      guard let parameters = PathPart.match(route.parts, segments) else { continue }
      allowed.insert(route.method.rawValue)
      if route.method == .get { allowed.insert("HEAD") }
      guard route.method == method || (method == .head && route.method == .get) else { continue }
      let weight = route.parts.map(\.weight) + [route.method == method ? 1 : 0]
      if let best, !best.weight.lexicographicallyPrecedes(weight) { continue }
      best = (route, parameters, weight)
    }
    if let best {
      return Match(
        pattern: best.route.pattern, parameters: best.parameters, bodyLimit: best.route.bodyLimit,
        handler: isSealed ? best.route.handler : wrapped(best.route.handler))
    }
    // What the server as a whole takes.
    if method == .options, segments == ["*"] { allowed = Set(routes.map(\.method.rawValue)).union(["HEAD"]) }
    let allow = allowed.union(["OPTIONS"]).sorted().joined(separator: ", ")
    let handler: Handler =
      if allowed.isEmpty {
        { _ in throw HTTPError(.notFound, detail: "Nothing is served at this path.") }
      } else if method == .options {
        { _ in HTTPResponse(status: .noContent, headers: ["allow": allow]) }
      } else {
        { _ in
          throw HTTPError(
            .methodNotAllowed, detail: "This path takes \(allow).", headers: ["allow": allow])
        }
      }
    return Match(pattern: nil, parameters: [:], bodyLimit: .max, handler: wrapped(handler))
  }

  private func wrapped(_ handler: @escaping Handler) -> Handler {
    middleware.reversed().reduce(handler) { next, middleware in
      { request in try await middleware(request, next) }
    }
  }
}
