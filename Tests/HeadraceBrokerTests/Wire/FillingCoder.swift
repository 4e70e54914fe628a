@testable import HeadraceBroker

/// A coder that puts something into every field it meets, the same for the same seed.
struct FillingCoder: WireCoder {
  let version: Int16
  let isFlexible: Bool
  private var random: SeededGenerator
  private var depth = 0

  init(version: Int16, flexible: Bool, seed: UInt64) {
    self.version = version
    isFlexible = flexible
    random = SeededGenerator(seed: seed)
  }

  mutating func integer<T: FixedWidthInteger>(_ value: inout T) { value = T(truncatingIfNeeded: random.next()) }

  mutating func string(_ value: inout String) {
    value = ["", "a", "héllo", String(repeating: "x", count: 200), "😀"].randomElement(using: &random) ?? ""
  }

  mutating func nullableString(_ value: inout String?) {
    value = nil
    if Bool.random(using: &random) {
      var text = ""
      string(&text)
      value = text
    }
  }

  mutating func bytes(_ value: inout [UInt8]?) {
    value = (0..<Int.random(in: 0..<20, using: &random)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
  }

  mutating func records(_ value: inout RecordBytes) {
    var bytes: [UInt8]?
    self.bytes(&bytes)
    value = bytes.map { .owned($0) } ?? .null
  }

  mutating func count(_ value: inout Int?) { value = Int.random(in: 0..<4, using: &random) }

  mutating func tags() {}
}
