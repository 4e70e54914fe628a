/// What was found out about a document before its extraction failed.
public struct ExtractionFindings: Sendable, Hashable {
  /// The type, where it could be told.
  public var type: DocumentType?
  /// The rule that decided.
  public var rule: TypeRule
  /// The type its sender declared.
  public var declaredType: String?
  /// The type its name means.
  public var nameType: String?
  /// The encoding, where the document is text and it could be told.
  public var encoding: String?
  /// The limits in force.
  public var limits: LimitsApplied?
  /// How long it took, in milliseconds.
  public var milliseconds: Double
}
