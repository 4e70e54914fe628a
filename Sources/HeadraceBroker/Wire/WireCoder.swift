/// One side of the wire: a reader or a writer. A message names its fields once, in order, and both directions follow
/// from that: a new version is a line with a range of versions behind it.
protocol WireCoder {
  /// The version of the message that is read or written.
  var version: Int16 { get }
  /// Whether this version uses compact lengths and tagged fields.
  var isFlexible: Bool { get }

  mutating func integer<T: FixedWidthInteger>(_ value: inout T) throws(WireError)
  mutating func string(_ value: inout String) throws(WireError)
  mutating func nullableString(_ value: inout String?) throws(WireError)
  mutating func bytes(_ value: inout [UInt8]?) throws(WireError)
  mutating func records(_ value: inout RecordBytes) throws(WireError)
  /// The count of an array, nil for null. A reader refuses counts that the frame cannot hold.
  mutating func count(_ value: inout Int?) throws(WireError)
  /// The tagged fields that end every structure of a flexible version: skipped when read, none when written.
  mutating func tags() throws(WireError)
}

/// What can stand in a message.
protocol WireField {
  init()
  mutating func code(_ coder: inout some WireCoder) throws(WireError)
}

/// A structure of fields; flexible versions put tagged fields behind it.
protocol WireStruct: WireField, Sendable {
  mutating func fields(_ coder: inout some WireCoder) throws(WireError)
}

extension WireStruct {
  mutating func code(_ coder: inout some WireCoder) throws(WireError) {
    try fields(&coder)
    try coder.tags()
  }
}

extension WireCoder {
  /// A field of every version.
  @inline(__always)
  mutating func field(_ value: inout some WireField) throws(WireError) {
    try value.code(&self)
  }

  /// A field that came with a version.
  @inline(__always)
  mutating func field(_ value: inout some WireField, _ versions: PartialRangeFrom<Int16>) throws(WireError) {
    if versions.contains(version) { try value.code(&self) }
  }

  /// A field of some versions.
  @inline(__always)
  mutating func field(_ value: inout some WireField, _ versions: ClosedRange<Int16>) throws(WireError) {
    if versions.contains(version) { try value.code(&self) }
  }
}

// MARK: Fields

extension Int8: WireField {
  mutating func code(_ coder: inout some WireCoder) throws(WireError) { try coder.integer(&self) }
}

extension Int16: WireField {
  mutating func code(_ coder: inout some WireCoder) throws(WireError) { try coder.integer(&self) }
}

extension Int32: WireField {
  mutating func code(_ coder: inout some WireCoder) throws(WireError) { try coder.integer(&self) }
}

extension Int64: WireField {
  mutating func code(_ coder: inout some WireCoder) throws(WireError) { try coder.integer(&self) }
}

extension Bool: WireField {
  mutating func code(_ coder: inout some WireCoder) throws(WireError) {
    var byte: Int8 = self ? 1 : 0
    try coder.integer(&byte)
    self = byte != 0
  }
}

extension String: WireField {
  mutating func code(_ coder: inout some WireCoder) throws(WireError) { try coder.string(&self) }
}

/// Bytes that may not be null.
struct WireBytes: WireField, Hashable, Sendable {
  var bytes: [UInt8]

  init() { bytes = [] }
  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func code(_ coder: inout some WireCoder) throws(WireError) {
    var value: [UInt8]? = bytes
    try coder.bytes(&value)
    // Kafka reads null as no bytes where an old client sends it.
    bytes = value ?? []
  }
}

/// A field that may be null: a string or an array.
protocol NullableWireField: WireField {
  static func codeNullable(_ value: inout Self?, _ coder: inout some WireCoder) throws(WireError)
}

extension String: NullableWireField {
  static func codeNullable(_ value: inout String?, _ coder: inout some WireCoder) throws(WireError) {
    try coder.nullableString(&value)
  }
}

extension Optional: WireField where Wrapped: NullableWireField {
  init() { self = nil }
  mutating func code(_ coder: inout some WireCoder) throws(WireError) { try Wrapped.codeNullable(&self, &coder) }
}

extension Array: WireField where Element: WireField {
  mutating func code(_ coder: inout some WireCoder) throws(WireError) {
    var some: Self? = self
    try Self.codeNullable(&some, &coder)
    guard let some else { throw .unexpectedNull }
    self = some
  }
}

extension Array: NullableWireField where Element: WireField {
  static func codeNullable(_ value: inout [Element]?, _ coder: inout some WireCoder) throws(WireError) {
    let before = value?.count
    var count = before
    try coder.count(&count)
    guard let count else {
      value = nil
      return
    }
    var elements = value ?? []
    value = nil
    if before == count {
      for index in 0..<count { try elements[index].code(&coder) }
    } else {
      elements.removeAll()
      for _ in 0..<count {
        var element = Element()
        try element.code(&coder)
        elements.append(element)
      }
    }
    value = elements
  }
}
