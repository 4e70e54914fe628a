internal import HeadraceCore
internal import HeadraceHTTPServer

/// A kind of error that a client can meet: its name, its title, its status. Each has a page under `docs/problems`.
struct GatewayProblem: Sendable, Hashable {
  /// The last part of the problem's `type`, and the name of its page.
  let name: String
  /// The same for every occurrence.
  let title: String
  let status: HTTPStatus
  /// How long a client should wait before it tries again; `nil` where trying again does not help.
  let retryAfter: Int?

  private init(_ name: String, _ status: Int, _ title: String, retryAfter: Int? = nil) {
    self.name = name
    self.title = title
    self.status = HTTPStatus(code: status)
    self.retryAfter = retryAfter
  }

  /// An error of this kind, to throw.
  func error(_ detail: String, retryAfter: Int? = nil, members: [JSONValue.Member] = []) -> HTTPError {
    var headers: HTTPHeaders = [:]
    if let seconds = retryAfter ?? self.retryAfter { headers["retry-after"] = String(seconds) }
    return HTTPError(status, type: name, title: title, detail: detail, headers: headers, extensions: members)
  }

  /// An error about one parameter or field.
  func error(field: String, _ detail: String) -> HTTPError {
    error(
      detail,
      members: [.init("errors", .array([["field": .string(field), "detail": .string(detail)]]))])
  }
}

extension GatewayProblem {
  static let documentNotFound = GatewayProblem("document-not-found", 404, "There is no such document")
  static let documentDeleted = GatewayProblem("document-deleted", 410, "The document was deleted")
  static let idempotencyConflict = GatewayProblem(
    "idempotency-conflict", 422, "The Idempotency-Key was used for another body")
  static let invalidIdempotencyKey = GatewayProblem("invalid-idempotency-key", 400, "The Idempotency-Key is malformed")
  static let documentTooLarge = GatewayProblem("document-too-large", 413, "The document is too large")
  static let lengthRequired = GatewayProblem("length-required", 411, "The request has no body")
  static let digestMismatch = GatewayProblem("digest-mismatch", 400, "The content is not what its digest says")
  static let invalidDigest = GatewayProblem("invalid-digest", 400, "Content-Digest is malformed")
  static let unsupportedMediaType = GatewayProblem("unsupported-media-type", 415, "The media type is not taken")
  static let unsupportedContentEncoding = GatewayProblem(
    "unsupported-content-encoding", 415, "The content encoding is not taken")
  static let malformedMultipart = GatewayProblem("malformed-multipart", 400, "The form is malformed")
  static let invalidParameter = GatewayProblem("invalid-parameter", 400, "A parameter is not right")
  static let invalidCursor = GatewayProblem("invalid-cursor", 400, "The cursor is not one of this log's")
  static let invalidUpload = GatewayProblem("invalid-upload", 400, "What is said of the document cannot be taken")
  static let textNotReady = GatewayProblem("text-not-ready", 409, "The text is not extracted yet", retryAfter: 1)
  static let textUnavailable = GatewayProblem("text-unavailable", 404, "The document has no text")
  static let contentUnavailable = GatewayProblem("content-unavailable", 410, "The content is gone")
  static let rangeUnsatisfiable = GatewayProblem("range-unsatisfiable", 416, "The range lies outside the content")
  static let storageFull = GatewayProblem("storage-full", 507, "The storage is full", retryAfter: 60)
  static let storageUnavailable = GatewayProblem(
    "storage-unavailable", 503, "The storage does not answer", retryAfter: 2)
  static let logUnavailable = GatewayProblem("log-unavailable", 503, "The log does not answer", retryAfter: 1)
  static let viewBehind = GatewayProblem("view-behind", 503, "The view has not caught up yet", retryAfter: 1)
  static let overloaded = GatewayProblem("overloaded", 503, "The gateway has too much to do", retryAfter: 1)
  static let shuttingDown = GatewayProblem("shutting-down", 503, "The gateway is stopping", retryAfter: 1)
  static let foreignOrigin = GatewayProblem("foreign-origin", 403, "Requests from other sites are not taken")

  static let badRequest = GatewayProblem("bad-request", 400, "Bad Request")
  static let notFound = GatewayProblem("not-found", 404, "Not Found")
  static let methodNotAllowed = GatewayProblem("method-not-allowed", 405, "Method Not Allowed")
  static let requestTimeout = GatewayProblem("request-timeout", 408, "Request Timeout")
  static let contentTooLarge = GatewayProblem("content-too-large", 413, "Content Too Large")
  static let uriTooLong = GatewayProblem("uri-too-long", 414, "URI Too Long")
  static let expectationFailed = GatewayProblem("expectation-failed", 417, "Expectation Failed")
  static let headTooLarge = GatewayProblem("request-header-fields-too-large", 431, "Request Header Fields Too Large")
  static let internalServerError = GatewayProblem("internal-server-error", 500, "Internal Server Error")
  static let notImplemented = GatewayProblem("not-implemented", 501, "Not Implemented")
  static let serviceUnavailable = GatewayProblem("service-unavailable", 503, "Service Unavailable")
  static let versionNotSupported = GatewayProblem(
    "http-version-not-supported", 505, "HTTP Version Not Supported")

  /// Every kind: the pages and the interface's description are held to this list.
  static let all: [GatewayProblem] = [
    documentNotFound, documentDeleted, idempotencyConflict, invalidIdempotencyKey, documentTooLarge, lengthRequired,
    digestMismatch, invalidDigest, unsupportedMediaType, unsupportedContentEncoding, malformedMultipart,
    invalidParameter, invalidCursor, invalidUpload, textNotReady, textUnavailable, contentUnavailable,
    rangeUnsatisfiable, storageFull, storageUnavailable, logUnavailable, viewBehind, overloaded, shuttingDown,
    foreignOrigin, badRequest, notFound, methodNotAllowed, requestTimeout, contentTooLarge, uriTooLong,
    expectationFailed, headTooLarge, internalServerError, notImplemented, serviceUnavailable, versionNotSupported,
  ]
}
