extension Sequence {
  /// The elements without those whose key an earlier one had. What a short request names a hundred thousand times would
  /// else be answered at length as often.
  func distinct<Key: Hashable>(by key: (Element) -> Key) -> [Element] {
    var seen: Set<Key> = []
    return filter { seen.insert(key($0)).inserted }
  }
}
