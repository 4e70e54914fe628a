internal import HeadraceCore

/// A document that cannot be enriched, for a reason that another attempt does not change.
struct EnrichmentFailure: ClassifiedError, CustomStringConvertible, Hashable {
  var reason: String
  var title: String
  var detail: String
  var failureClass: FailureClass { .content }
  var description: String { "\(title) \(detail)" }
}
