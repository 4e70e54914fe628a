/// A request method: a token, compared as it is written.
public struct HTTPMethod: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
  /// The token as it came, `GET` for example.
  public let rawValue: String

  /// A method from its token.
  public init(rawValue: String) { self.rawValue = rawValue }

  /// The token.
  public var description: String { rawValue }

  /// Reads a resource.
  public static let get = HTTPMethod(rawValue: "GET")
  /// `GET` without the body.
  public static let head = HTTPMethod(rawValue: "HEAD")
  /// Hands something in.
  public static let post = HTTPMethod(rawValue: "POST")
  /// Replaces a resource.
  public static let put = HTTPMethod(rawValue: "PUT")
  /// Changes a part of a resource.
  public static let patch = HTTPMethod(rawValue: "PATCH")
  /// Removes a resource.
  public static let delete = HTTPMethod(rawValue: "DELETE")
  /// Asks what may be done.
  public static let options = HTTPMethod(rawValue: "OPTIONS")
}
