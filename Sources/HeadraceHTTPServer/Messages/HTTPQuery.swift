/// The decoded pairs of a query, in order.
public struct HTTPQuery: Sendable, Hashable {
  /// One `name=value`; a name without `=` has an empty value.
  public struct Item: Sendable, Hashable {
    /// The decoded name.
    public let name: String
    /// The decoded value.
    public let value: String
  }

  /// Every pair, as it came.
  public let items: [Item]

  /// A query of these pairs.
  public init(items: [Item] = []) { self.items = items }

  /// The first value of a name.
  public subscript(name: String) -> String? { items.first { $0.name == name }?.value }

  /// Every value of a name.
  public func all(_ name: String) -> [String] { items.compactMap { $0.name == name ? $0.value : nil } }

  /// Decodes what stands behind the `?`; `nil` where an escape is broken or the result is no UTF-8.
  init?(encoded: ArraySlice<UInt8>) {
    var items: [Item] = []
    for pair in encoded.split(separator: ASCII.ampersand) {
      let cut = pair.firstIndex(of: ASCII.equals) ?? pair.endIndex
      guard
        let name = PercentEncoding.decode(pair[..<cut], plusIsSpace: true),
        let value = PercentEncoding.decode(pair[cut...].dropFirst(), plusIsSpace: true)
      else { return nil }
      items.append(Item(name: name, value: value))
    }
    self.items = items
  }
}
