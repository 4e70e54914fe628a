/// Header fields in the order they came; names compare without regard to case.
public struct HTTPHeaders: Sendable, Hashable, ExpressibleByDictionaryLiteral, Sequence, CustomStringConvertible {
  /// One field.
  public struct Field: Sendable, Hashable {
    /// The name as written.
    public let name: String
    /// The value without white space around it.
    public let value: String
  }

  private var fields: [Field] = []

  /// No fields.
  public init() {}

  /// Fields as listed; a name may appear more than once.
  public init(dictionaryLiteral elements: (String, String)...) {
    fields = elements.map { Field(name: $0.0, value: $0.1) }
  }

  /// How many fields there are.
  public var count: Int { fields.count }

  /// The first value of a name; setting replaces every field of the name, `nil` removes them.
  public subscript(name: String) -> String? {
    get { fields.first { Self.same($0.name, name) }?.value }
    set {
      guard let newValue else { return fields.removeAll { Self.same($0.name, name) } }
      if let index = fields.firstIndex(where: { Self.same($0.name, name) }) {
        fields[index] = Field(name: name, value: newValue)
        var seen = false
        fields.removeAll { field in
          guard Self.same(field.name, name) else { return false }
          defer { seen = true }
          return seen
        }
      } else {
        fields.append(Field(name: name, value: newValue))
      }
    }
  }

  /// Every value of a name, in order.
  public func values(for name: String) -> [String] {
    fields.compactMap { Self.same($0.name, name) ? $0.value : nil }
  }

  /// Adds a field and keeps those of the same name.
  public mutating func add(_ name: String, _ value: String) {
    fields.append(Field(name: name, value: value))
  }

  /// The members of a comma-separated list over all fields of the name, trimmed, without empty ones.
  public func list(_ name: String) -> [String] {
    values(for: name).flatMap { $0.split(separator: ",") }.compactMap { member in
      let trimmed = member.trimmed
      return trimmed.isEmpty ? nil : trimmed
    }
  }

  /// Every field, in order.
  public func makeIterator() -> IndexingIterator<[Field]> { fields.makeIterator() }

  /// One field a line.
  public var description: String { fields.map { "\($0.name): \($0.value)" }.joined(separator: "\n") }

  package static func same(_ left: String, _ right: String) -> Bool {
    let a = left.utf8
    let b = right.utf8
    guard a.count == b.count else { return false }
    return zip(a, b).allSatisfy { $0 == $1 || $0.asciiLowercased == $1.asciiLowercased }
  }
}
