/// Reads little-endian numbers off bytes of which nothing is believed: nil where they end.
package struct LittleEndianReader {
  private let source: [UInt8]
  private var position: Int

  /// Begins at `position`.
  package init(_ source: [UInt8], at position: Int = 0) {
    self.source = source
    self.position = min(max(position, 0), source.count)
  }

  package mutating func u16() -> UInt16? {
    guard source.count - position >= 2 else { return nil }
    defer { position += 2 }
    return UInt16(source[position]) | UInt16(source[position + 1]) << 8
  }

  package mutating func u32() -> UInt32? {
    guard source.count - position >= 4 else { return nil }
    var value: UInt32 = 0
    for index in 0..<4 { value |= UInt32(source[position + index]) << UInt32(8 * index) }
    position += 4
    return value
  }

  package mutating func u64() -> UInt64? {
    guard let low = u32(), let high = u32() else { return nil }
    return UInt64(low) | UInt64(high) << 32
  }

  package mutating func bytes(_ count: Int) -> [UInt8]? {
    guard count >= 0, source.count - position >= count else { return nil }
    defer { position += count }
    return Array(source[position..<position + count])
  }

  package mutating func skip(_ count: Int) -> Bool {
    guard count >= 0, source.count - position >= count else { return false }
    position += count
    return true
  }
}
