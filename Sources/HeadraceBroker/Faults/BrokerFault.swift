/// What a scripted fault does to one request. For tests.
package enum BrokerFault: Sendable, Hashable {
  /// Answers with an error code and does nothing else.
  case error(Int16)
  /// Answers NOT_COORDINATOR (16), as a broker that lost its role.
  case notCoordinator
  /// Waits before the request is handled.
  case delay(Duration)
  /// Closes the connection; the request is not handled.
  case dropBefore
  /// Handles the request and closes the connection instead of answering.
  case dropAfter
  /// The broker dies, as by `kill -9`, before the request is handled.
  case crashBefore
  /// The broker dies after the request was handled and before it is answered.
  case crashAfter
}
