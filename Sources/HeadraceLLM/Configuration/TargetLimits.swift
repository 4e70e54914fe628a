/// What a target may be asked for; zero or less is never meant, `nil` is no bound of our own.
public struct TargetLimits: Sendable, Hashable {
  /// Calls at a time. Default 256. For a local model: its slots.
  public var concurrency: Int
  /// Requests a minute.
  public var requestsPerMinute: Double?
  /// Tokens a minute, input and output together.
  public var tokensPerMinute: Double?
  /// Callers that may wait for a permit; one more is told so. Default 10,000.
  public var queue: Int

  /// Makes limits.
  public init(
    concurrency: Int = 256, requestsPerMinute: Double? = nil, tokensPerMinute: Double? = nil, queue: Int = 10_000
  ) {
    self.concurrency = concurrency
    self.requestsPerMinute = requestsPerMinute
    self.tokensPerMinute = tokensPerMinute
    self.queue = queue
  }
}
