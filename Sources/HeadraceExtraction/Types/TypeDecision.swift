/// What was decided about a document's type, by which rule, and what name and declaration had said.
public struct TypeDecision: Sendable, Hashable {
  /// The type found; nil when the document is refused.
  public var type: DocumentType?
  /// The rule that decided.
  public var rule: TypeRule
  /// What the bytes look like to libmagic, as a media type.
  public var signature: String
  /// The type that was declared, as given but without parameters.
  public var declaredType: String?
  /// The type that the name's extension means.
  public var nameType: String?
  /// Why the document is refused, when it is.
  package var refusal: TypeRefusal?
}

/// Why a document is refused by its type alone.
package struct TypeRefusal: Sendable, Hashable {
  package var reason: ExtractionFailure.Reason
  package var detail: String
}
