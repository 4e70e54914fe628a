/// What a handler returns: outputs in the order in which they are to be written.
public struct Outputs: Sendable, Hashable, ExpressibleByArrayLiteral {
  /// The outputs in order.
  public var records: [Output]

  /// Makes outputs of an array.
  public init(_ records: [Output]) { self.records = records }

  /// `[first, second]`.
  public init(arrayLiteral elements: Output...) { records = elements }

  /// Nothing to write: the record is acknowledged and that is all.
  public static let none = Outputs([])

  /// Adds one more at the end.
  public mutating func append(_ output: Output) { records.append(output) }

  /// Bytes of all outputs.
  public var byteCount: Int { records.reduce(0) { $0 + $1.byteCount } }
}
