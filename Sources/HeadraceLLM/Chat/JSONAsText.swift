public import HeadraceCore

/// Keeps a JSON value as its text when it is encoded, so that its members keep their order: decoders of Foundation give
/// an object's members in any order, and an answer read from a journal must equal the one that was paid for.
@propertyWrapper
public struct JSONAsText: Sendable, Hashable, Codable {
  /// The value.
  public var wrappedValue: JSONValue?

  /// Wraps a value.
  public init(wrappedValue: JSONValue?) { self.wrappedValue = wrappedValue }

  /// Reads a string of JSON, or null.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard !container.decodeNil() else {
      wrappedValue = nil
      return
    }
    do {
      wrappedValue = try JSONValue(parsing: try container.decode(String.self))
    } catch let error as JSONValue.SyntaxError {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(error)")
    }
  }

  /// Writes a string of JSON, or null.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let wrappedValue { try container.encode(wrappedValue.text) } else { try container.encodeNil() }
  }
}
