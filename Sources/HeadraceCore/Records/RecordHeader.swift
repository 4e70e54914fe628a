/// A header of a record: names may repeat, values may be null.
public struct RecordHeader: Sendable, Hashable {
  /// Its name.
  public var name: String
  /// Its bytes; nil is Kafka's null.
  public var value: [UInt8]?

  /// A header of bytes.
  public init(_ name: String, _ value: [UInt8]?) {
    self.name = name
    self.value = value
  }

  /// A header of UTF-8 text.
  public init(_ name: String, _ value: String) {
    self.init(name, Array(value.utf8))
  }

  /// The value as text, when it is UTF-8.
  public var text: String? { value.flatMap { String(validating: $0, as: UTF8.self) } }
}

extension [RecordHeader] {
  /// The last header of that name, as text: with repeats the last one counts, as in Kafka's clients.
  public subscript(text name: String) -> String? { last { $0.name == name }?.text }
}
