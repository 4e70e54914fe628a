extension JSONValue {
  /// Where a text stops being JSON.
  public struct SyntaxError: Error, Hashable, CustomStringConvertible {
    /// The place, in bytes from the start.
    public var offset: Int
    /// What was wrong there.
    public var reason: String

    /// A sentence for people.
    public var description: String { "not JSON: \(reason) at byte \(offset)" }
  }

  /// The deepest nesting that is read; deeper text is refused, so that no text can overflow the stack.
  public static let maximumDepth = 256

  /// Reads a whole JSON text in UTF-8.
  ///
  /// - Throws: ``SyntaxError``.
  public init(parsing bytes: [UInt8]) throws(SyntaxError) {
    var reader = JSONReader(bytes: bytes)
    self = try reader.readDocument()
  }

  /// Reads a whole JSON text.
  ///
  /// - Throws: ``SyntaxError``.
  public init(parsing text: String) throws(SyntaxError) { try self.init(parsing: Array(text.utf8)) }

  /// The value as compact JSON in UTF-8. Doubles that JSON can't say (NaN, infinity) become null.
  public var bytes: [UInt8] {
    var writer = JSONWriter(indents: false)
    writer.write(self)
    return writer.output
  }

  /// The value as compact JSON.
  public var text: String { String(decoding: bytes, as: UTF8.self) }

  /// The value as JSON for people: two spaces an indentation.
  public var indentedText: String {
    var writer = JSONWriter(indents: true)
    writer.write(self)
    return String(decoding: writer.output, as: UTF8.self)
  }

  /// The same value with every object's members sorted by name: equal values then have equal ``bytes``.
  public var canonical: JSONValue {
    switch self {
    case .array(let elements): .array(elements.map(\.canonical))
    case .object(let members):
      .object(
        Dictionary(members.map { ($0.name, $0.value) }) { $1 }
          .sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
          .map { Member($0.key, $0.value.canonical) })
    default: self
    }
  }
}
