extension HTTPClient {
  /// Header fields in the order in which they are sent or came. Names are compared without case.
  public struct Headers: Sendable, Hashable, ExpressibleByDictionaryLiteral, Sequence {
    /// One field.
    public struct Field: Sendable, Hashable {
      /// The name as it was written.
      public var name: String
      /// The value without the white space around it.
      public var value: String

      /// Makes a field.
      public init(name: String, value: String) {
        self.name = name
        self.value = value
      }
    }

    /// All fields, repeats included.
    public private(set) var fields: [Field]

    /// Makes headers of fields.
    public init(_ fields: [Field] = []) { self.fields = fields }

    /// Makes headers of a literal; a repeated name gives a repeated field.
    public init(dictionaryLiteral elements: (String, String)...) {
      fields = elements.map { Field(name: $0.0, value: $0.1) }
    }

    /// The first value of that name; setting replaces every field of the name, `nil` removes them.
    public subscript(name: String) -> String? {
      get { fields.first { Self.equal($0.name, name) }?.value }
      set {
        fields.removeAll { Self.equal($0.name, name) }
        if let newValue { fields.append(Field(name: name, value: newValue)) }
      }
    }

    /// Every value of that name, in order.
    public func values(for name: String) -> [String] {
      fields.filter { Self.equal($0.name, name) }.map(\.value)
    }

    /// Adds a field and keeps those of the same name.
    public mutating func add(_ name: String, _ value: String) {
      fields.append(Field(name: name, value: value))
    }

    /// Iterates over all fields.
    public func makeIterator() -> IndexingIterator<[Field]> { fields.makeIterator() }

    static func equal(_ left: String, _ right: String) -> Bool {
      let left = left.utf8
      let right = right.utf8
      return left.count == right.count && zip(left, right).allSatisfy { Self.lower($0) == Self.lower($1) }
    }

    private static func lower(_ byte: UInt8) -> UInt8 { (65...90).contains(byte) ? byte | 0x20 : byte }
  }
}
