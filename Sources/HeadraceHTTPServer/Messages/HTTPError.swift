public import HeadraceCore

/// An error that a client is told about, as a problem document.
public struct HTTPError: Error, Sendable {
  /// What the client reads.
  public var problem: ProblemDetails
  /// Fields to add to the answer, `retry-after` for example.
  public var headers: HTTPHeaders

  /// An error with a status and a sentence.
  ///
  /// - Parameters:
  ///   - status: the status of the answer.
  ///   - type: the name of the problem's page, `document-not-found`; the default is made from the status.
  ///   - title: what is the same for every problem of this type; the default is the status' phrase.
  ///   - detail: what happened to this request, for a person.
  ///   - headers: fields to add to the answer.
  ///   - extensions: further members of the problem, for programs.
  public init(
    _ status: HTTPStatus, type: String? = nil, title: String? = nil, detail: String? = nil,
    headers: HTTPHeaders = [:], extensions: [JSONValue.Member] = []
  ) {
    problem = ProblemDetails(type: type, title: title, status: status, detail: detail, extensions: extensions)
    self.headers = headers
  }

  /// The status of the answer.
  public var status: HTTPStatus { problem.status }

  /// The answer.
  public var response: HTTPResponse {
    var response = problem.response
    for field in headers { response.headers.add(field.name, field.value) }
    return response
  }

  static func contentTooLarge(limit: Int) -> HTTPError {
    HTTPError(.contentTooLarge, detail: "The body is larger than \(limit) bytes.")
  }
}
