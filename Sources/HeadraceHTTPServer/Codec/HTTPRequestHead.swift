/// What stands before the body of a request, checked.
package struct HTTPRequestHead: Sendable, Hashable {
  /// How the body's end is found.
  package enum Framing: Sendable, Hashable {
    case none
    case length(Int)
    case chunked
  }

  package var method: HTTPMethod
  package var target: RequestTarget
  /// The minor of HTTP/1.x: 0 or 1.
  package var minorVersion: Int
  package var headers: HTTPHeaders
  package var framing: Framing
  package var expectsContinue: Bool
  package var keepAlive: Bool
}
