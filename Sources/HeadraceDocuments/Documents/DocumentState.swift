/// How far a document has come.
public enum DocumentState: String, Sendable, Hashable, Codable, CaseIterable {
  /// Acknowledged by the log; nobody has begun with it.
  case uploaded
  /// The enricher works on it.
  case processing
  /// Its metadata is there.
  case enriched
  /// It could not be enriched; the error says why.
  case failed
  /// It was deleted.
  case deleted

  /// True when nothing more happens by itself.
  public var isFinished: Bool { self >= .enriched }

  /// The number that the view stores. Never reused for another state.
  var code: Int64 {
    switch self {
    case .uploaded: 0
    case .processing: 1
    case .enriched: 2
    case .failed: 3
    case .deleted: 4
    }
  }

  init?(code: Int64) {
    guard let state = DocumentState.allCases.first(where: { $0.code == code }) else { return nil }
    self = state
  }

  /// The place in the order of precedence. Enriched and failed share one: the later of the two in the log wins.
  private var precedence: Int {
    switch self {
    case .uploaded: 0
    case .processing: 1
    case .enriched, .failed: 2
    case .deleted: 3
    }
  }

  static func >= (left: DocumentState, right: DocumentState) -> Bool { left.precedence >= right.precedence }
}
