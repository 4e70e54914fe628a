/// An error code, thrown.
struct ErrorCodeError: Error, Hashable, Sendable {
  var code: ErrorCode
}
