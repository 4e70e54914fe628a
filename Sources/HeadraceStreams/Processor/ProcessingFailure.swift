public import HeadraceCore

/// Why a record failed: what goes into a dead letter's headers and into the attempt notes of the journal.
public struct ProcessingFailure: Error, Sendable, Hashable {
  /// What kind of failure: decides about retries, pauses and dead letters.
  public var failureClass: FailureClass
  /// A stable word such as `invalid_answer`; never free text.
  public var reason: String
  /// What the error said.
  public var message: String
  /// The error's type name.
  public var errorType: String
  /// Attempts made so far, this one included.
  public var attempts: Int
  /// How long the provider asked to wait, where it did.
  public var retryAfter: Duration?

  /// Makes a failure.
  public init(
    failureClass: FailureClass, reason: String, message: String, errorType: String, attempts: Int,
    retryAfter: Duration? = nil
  ) {
    self.failureClass = failureClass
    self.reason = reason
    self.message = message
    self.errorType = errorType
    self.attempts = attempts
    self.retryAfter = retryAfter
  }

  /// Classifies any error: a `ClassifiedError` says itself what it is, everything else takes `fallback`.
  public init(_ error: any Error, attempts: Int, fallback: FailureClass = .bug) {
    if var failure = error as? ProcessingFailure {
      failure.attempts = attempts
      self = failure
    } else if let classified = error as? any ClassifiedError {
      self.init(
        failureClass: classified.failureClass, reason: classified.reason, message: String(describing: error),
        errorType: String(reflecting: type(of: error)), attempts: attempts, retryAfter: classified.retryAfter)
    } else {
      self.init(
        failureClass: fallback, reason: fallback == .content ? "undecodable" : "unexpected_error",
        message: String(describing: error), errorType: String(reflecting: type(of: error)), attempts: attempts)
    }
  }
}
