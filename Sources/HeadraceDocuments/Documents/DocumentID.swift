public import FoundationEssentials
internal import HeadraceCore

/// The identity of a document: a UUID in lower case. It is the key of its records and the subject of its events.
public struct DocumentID: Sendable, Hashable, CustomStringConvertible {
  /// The UUID in lower case.
  public let description: String

  /// The identity with this UUID.
  public init(_ uuid: UUID) {
    description = uuid.uuidString.lowercased()
  }

  /// Reads a UUID in either case.
  ///
  /// - Returns: nil for anything else.
  public init?(_ text: String) {
    guard text.utf8.count == 36, let uuid = UUID(uuidString: text) else { return nil }
    self.init(uuid)
  }

  /// Reads the key of a record.
  init?(key: [UInt8]?) {
    guard let key, key.count == 36 else { return nil }
    self.init(String(decoding: key, as: UTF8.self))
  }

  /// A new identity (version 7): it sorts by the time it was made.
  static func random() -> DocumentID {
    DocumentID(UUID.version7())
  }

  /// The identity that an idempotency key stands for (version 8): the same on every replica, for ever.
  static func identity(of idempotencyKey: IdempotencyKey) -> DocumentID {
    DocumentID(UUID.version8(idempotencyKey.hash))
  }

  /// The key of the document's records.
  var key: [UInt8] { Array(description.utf8) }
}

extension DocumentID: Codable {
  /// Reads a UUID as a string.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let id = DocumentID(text) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "\"\(text)\" is not a UUID.")
    }
    self = id
  }

  /// Writes the UUID as a string in lower case.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
