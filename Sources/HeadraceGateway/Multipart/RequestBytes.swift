internal import HeadraceCore
internal import HeadraceHTTPServer

/// A request's body, read by one task, checked against the digest that the client sent for it.
final class RequestBytes {
  private var iterator: HTTPRequestBody.Iterator
  private var hash: SHA256?
  private let expected: [UInt8]?

  /// - Parameter expected: the SHA-256 of the body as it travels; a body of another one ends with an error in place of
  ///   its end, so that nobody takes it for whole.
  init(_ body: HTTPRequestBody, expected: [UInt8]?) {
    iterator = body.makeAsyncIterator()
    self.expected = expected
    hash = expected == nil ? nil : SHA256()
  }

  func next() async throws -> [UInt8]? {
    if let slice = try await iterator.next() {
      hash?.update(slice)
      return slice
    }
    if let hash = hash.take(), hash.finalize().bytes != expected {
      throw GatewayProblem.digestMismatch.error("The body's SHA-256 is not the one that Content-Digest names.")
    }
    return nil
  }
}
