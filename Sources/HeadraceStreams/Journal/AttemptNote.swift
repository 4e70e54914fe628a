package import HeadraceCore

/// The value of a journal record `a/<topic>/<partition>/<offset>`: attempts so far.
package struct AttemptNote: Sendable, Hashable, Codable {
  /// Attempts made or begun.
  package var attempts: Int
  /// Class of the last failure; absent where the attempt had begun and nothing more is known.
  package var failureClass: FailureClass?
  /// Reason of the last failure.
  package var reason: String?

  package init(attempts: Int, failureClass: FailureClass? = nil, reason: String? = nil) {
    self.attempts = attempts
    self.failureClass = failureClass
    self.reason = reason
  }
}
