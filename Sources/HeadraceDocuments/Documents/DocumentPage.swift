public import HeadraceCore

/// A page of a listing.
public struct DocumentPage: Sendable, Hashable {
  /// The documents.
  public var documents: [DocumentResource]
  /// The cursor of the next page; nil on the last.
  public var next: String?

  /// The page as JSON: `{"documents":[…],"next":"…"}`.
  public var jsonValue: JSONValue {
    var page: JSONValue = ["documents": .array(documents.map(\.jsonValue))]
    if let next { page["next"] = .string(next) }
    return page
  }
}

extension DocumentPage: Encodable {
  /// Writes the page of the HTTP API.
  public func encode(to encoder: any Encoder) throws { try jsonValue.encode(to: encoder) }
}
