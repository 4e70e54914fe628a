/// A status code with its reason phrase.
public struct HTTPStatus: Sendable, Hashable, CustomStringConvertible {
  /// 100 to 599.
  public let code: Int

  /// A status by number.
  public init(code: Int) { self.code = code }

  /// The phrase of the code's registration, or that of its class.
  public var reason: String {
    Self.reasons[code] ?? Self.reasons[code / 100 * 100] ?? "Unknown"
  }

  /// `404 Not Found`, for example.
  public var description: String { "\(code) \(reason)" }

  /// Whether an answer of this status never has a body.
  var forbidsBody: Bool { code < 200 || code == 204 || code == 304 }

  private static let reasons: [Int: String] = [
    100: "Continue", 200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 206: "Partial Content",
    300: "Multiple Choices", 301: "Moved Permanently", 302: "Found", 303: "See Other", 304: "Not Modified",
    307: "Temporary Redirect", 308: "Permanent Redirect",
    400: "Bad Request", 401: "Unauthorized", 402: "Payment Required", 403: "Forbidden", 404: "Not Found",
    405: "Method Not Allowed", 406: "Not Acceptable", 408: "Request Timeout", 409: "Conflict", 410: "Gone",
    411: "Length Required", 412: "Precondition Failed", 413: "Content Too Large", 414: "URI Too Long",
    415: "Unsupported Media Type", 416: "Range Not Satisfiable", 417: "Expectation Failed",
    422: "Unprocessable Content", 425: "Too Early", 426: "Upgrade Required", 428: "Precondition Required",
    429: "Too Many Requests", 431: "Request Header Fields Too Large",
    500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable",
    504: "Gateway Timeout", 505: "HTTP Version Not Supported", 507: "Insufficient Storage", 529: "Overloaded",
  ]
}

extension HTTPStatus {
  /// 200.
  public static let ok = HTTPStatus(code: 200)
  /// 201.
  public static let created = HTTPStatus(code: 201)
  /// 202: taken, not finished.
  public static let accepted = HTTPStatus(code: 202)
  /// 204: never has a body.
  public static let noContent = HTTPStatus(code: 204)
  /// 303: the answer is elsewhere.
  public static let seeOther = HTTPStatus(code: 303)
  /// 304: never has a body.
  public static let notModified = HTTPStatus(code: 304)
  /// 400.
  public static let badRequest = HTTPStatus(code: 400)
  /// 401.
  public static let unauthorized = HTTPStatus(code: 401)
  /// 403.
  public static let forbidden = HTTPStatus(code: 403)
  /// 404.
  public static let notFound = HTTPStatus(code: 404)
  /// 405: the answer names what is allowed.
  public static let methodNotAllowed = HTTPStatus(code: 405)
  /// 406.
  public static let notAcceptable = HTTPStatus(code: 406)
  /// 408: the request came too slowly.
  public static let requestTimeout = HTTPStatus(code: 408)
  /// 409.
  public static let conflict = HTTPStatus(code: 409)
  /// 410: was there, and is no more.
  public static let gone = HTTPStatus(code: 410)
  /// 411.
  public static let lengthRequired = HTTPStatus(code: 411)
  /// 413: the body is larger than the route takes.
  public static let contentTooLarge = HTTPStatus(code: 413)
  /// 414.
  public static let uriTooLong = HTTPStatus(code: 414)
  /// 415.
  public static let unsupportedMediaType = HTTPStatus(code: 415)
  /// 417: an `Expect` that is not `100-continue`.
  public static let expectationFailed = HTTPStatus(code: 417)
  /// 422: understood, and wrong.
  public static let unprocessableContent = HTTPStatus(code: 422)
  /// 429: the answer says when to come again.
  public static let tooManyRequests = HTTPStatus(code: 429)
  /// 431.
  public static let headerFieldsTooLarge = HTTPStatus(code: 431)
  /// 500.
  public static let internalServerError = HTTPStatus(code: 500)
  /// 501.
  public static let notImplemented = HTTPStatus(code: 501)
  /// 502.
  public static let badGateway = HTTPStatus(code: 502)
  /// 503: the answer says when to come again.
  public static let serviceUnavailable = HTTPStatus(code: 503)
  /// 504.
  public static let gatewayTimeout = HTTPStatus(code: 504)
  /// 505.
  public static let versionNotSupported = HTTPStatus(code: 505)
  /// 507: the disk is full.
  public static let insufficientStorage = HTTPStatus(code: 507)
}
