internal import HeadraceCore
package import HeadraceHTTPServer

/// One thing the gateway does: the route that serves it and the words that describe it, so that neither can drift.
package struct GatewayOperation: Sendable {
  /// A parameter of the path, the query or the head.
  struct Parameter: Sendable {
    enum Place: String, Sendable {
      case path
      case query
      case header
    }

    let name: String
    let place: Place
    let text: String
    let schema: JSONValue

    init(_ name: String, _ place: Place, _ text: String, schema: JSONValue = ["type": "string"]) {
      self.name = name
      self.place = place
      self.text = text
      self.schema = schema
    }
  }

  /// A kind of answer.
  struct Response: Sendable {
    let status: Int
    let text: String
    /// Media type and schema of the body.
    let content: [(type: String, schema: JSONValue)]
    /// Fields of the head and what they say.
    let headers: [(name: String, text: String)]
    /// Operations that take the `id` of the answer as their own.
    let links: [String]

    init(
      _ status: Int, _ text: String, _ content: [(type: String, schema: JSONValue)] = [],
      headers: [(name: String, text: String)] = [], links: [String] = []
    ) {
      self.status = status
      self.text = text
      self.content = content
      self.headers = headers
      self.links = links
    }
  }

  package let method: HTTPMethod
  package let path: String
  let id: String
  let tag: String
  let summary: String
  let text: String
  let parameters: [Parameter]
  let requestContent: [(type: String, schema: JSONValue)]
  let responses: [Response]
  let problems: [GatewayProblem]
  let bodyLimit: Int
  package let handler: Router.Handler

  /// - Parameter computes: whether the handler may compute for milliseconds; it then runs on the pool and not between
  ///   the sockets.
  init(
    _ method: HTTPMethod, _ path: String, id: String, tag: String, summary: String, text: String = "",
    parameters: [Parameter] = [], requestContent: [(type: String, schema: JSONValue)] = [],
    responses: [Response], problems: [GatewayProblem] = [], bodyLimit: Int = 0,
    computes: Bool = false, handler: @escaping Router.Handler
  ) {
    self.method = method
    self.path = path
    self.id = id
    self.tag = tag
    self.summary = summary
    self.text = text
    self.parameters = parameters
    self.requestContent = requestContent
    self.responses = responses
    self.problems = problems
    self.bodyLimit = bodyLimit
    let onThePool: Router.Handler = { request in
      try await withTaskExecutorPreference(globalConcurrentExecutor) { try await handler(request) }
    }
    self.handler = computes ? onThePool : handler
  }
}
