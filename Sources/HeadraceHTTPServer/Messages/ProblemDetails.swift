public import HeadraceCore

/// An error as RFC 9457 has it: `application/problem+json`.
public struct ProblemDetails: Sendable, Hashable {
  /// The name of the problem: the last part of its `type`, and of its page.
  public var type: String
  /// The problem in a few words, the same for every occurrence.
  public var title: String
  /// The status of the answer.
  public var status: HTTPStatus
  /// What happened this time.
  public var detail: String?
  /// Where it happened: the request's path.
  public var instance: String?
  /// More members.
  public var extensions: [JSONValue.Member]

  /// A problem; type and title come from the status where they are not given.
  public init(
    type: String? = nil, title: String? = nil, status: HTTPStatus, detail: String? = nil, instance: String? = nil,
    extensions: [JSONValue.Member] = []
  ) {
    self.type = type ?? Self.slug(status.reason)
    self.title = title ?? status.reason
    self.status = status
    self.detail = detail
    self.instance = instance
    self.extensions = extensions
  }

  /// The reference that names the problem: `/problems/` and the type.
  public var reference: String { "/problems/\(type)" }

  /// The members as JSON.
  public var json: JSONValue {
    var members: [JSONValue.Member] = [
      .init("type", .string(reference)), .init("title", .string(title)), .init("status", .int(Int64(status.code))),
    ]
    if let detail { members.append(.init("detail", .string(detail))) }
    if let instance { members.append(.init("instance", .string(instance))) }
    members += extensions
    return .object(members)
  }

  /// The answer.
  public var response: HTTPResponse {
    HTTPResponse(
      status: status, headers: ["content-type": "application/problem+json", "cache-control": "no-store"],
      body: .bytes(json.bytes))
  }

  private static func slug(_ reason: String) -> String {
    reason.lowercased().split(separator: " ").joined(separator: "-")
  }
}
