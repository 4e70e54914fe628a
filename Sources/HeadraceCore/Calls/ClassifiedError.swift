/// An error that says what kind of failure it is. An error that doesn't is taken for a ``FailureClass/bug``.
public protocol ClassifiedError: Error {
  /// What kind of failure it was.
  var failureClass: FailureClass { get }
  /// How long to wait before trying again, when the other side said so.
  var retryAfter: Duration? { get }
  /// A stable word for machines, e.g. `model_timeout`; it has a page in the documentation.
  var reason: String { get }
  /// A short title for people.
  var title: String { get }
  /// What happened and what to do next, for people.
  var detail: String { get }
}

extension ClassifiedError {
  /// Nobody said.
  public var retryAfter: Duration? { nil }
  /// The reason, readable.
  public var title: String { reason.split(separator: "_").joined(separator: " ") }
  /// The error as it describes itself.
  public var detail: String { String(describing: self) }
}
