/// Hands out the right to make a call: rate, concurrency and money, for each route.
public protocol PermitSource: Sendable {
  /// Waits for a permit, in the order asked, until `deadline`.
  ///
  /// - Throws: A ``ClassifiedError`` of class `throttled` when the queue is full or the deadline passes, `quota` when the
  ///   budget is spent.
  func permit(for request: PermitRequest, deadline: ContinuousClock.Instant) async throws -> any Permit
}

/// What a call is expected to use.
public struct PermitRequest: Sendable, Hashable {
  /// The route.
  public var route: String
  /// Whose call.
  public var tenant: String
  /// Tokens in, estimated.
  public var inputTokens: Int
  /// Tokens out at most.
  public var outputTokens: Int

  /// Makes a request.
  public init(route: String, tenant: String, inputTokens: Int, outputTokens: Int) {
    self.route = route
    self.tenant = tenant
    self.inputTokens = inputTokens
    self.outputTokens = outputTokens
  }
}

/// The right to make one call. It is settled exactly once.
public protocol Permit: Sendable {
  /// Says what the call really used (nil: it was not made); the rest of the reservation is given back.
  func settle(_ usage: CallUsage?)
}
