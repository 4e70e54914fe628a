#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// One line of a verifiable tool: a JSON object with its keys in the order in which they are added, without spaces.
struct EventLine {
  private var bytes: [UInt8]

  init(_ name: String, timestamp: Int64 = EventLine.now()) {
    bytes = Array(#"{"timestamp":\#(timestamp),"name":"\#(name)""#.utf8)
  }

  static func now() -> Int64 { Int64(Date().timeIntervalSince1970 * 1000) }

  mutating func add(_ key: String, text: (some Sequence<UInt8>)?) {
    begin(key)
    JSONEnvelope.appendString(text, to: &bytes)
  }

  mutating func add(_ key: String, text: String?) { add(key, text: text?.utf8) }

  mutating func add(_ key: String, _ value: some BinaryInteger) {
    begin(key)
    bytes += String(value).utf8
  }

  mutating func add(_ key: String, _ value: Bool) {
    begin(key)
    bytes += (value ? "true" : "false").utf8
  }

  /// As Java writes a double.
  mutating func add(_ key: String, double value: Double) {
    begin(key)
    bytes += Self.java(value).utf8
  }

  /// An array of objects.
  mutating func add(_ key: String, objects: [[(String, Field)]]) {
    begin(key)
    bytes.append(UInt8(ascii: "["))
    for (index, object) in objects.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      bytes.append(UInt8(ascii: "{"))
      for (position, (name, field)) in object.enumerated() {
        if position > 0 { bytes.append(UInt8(ascii: ",")) }
        JSONEnvelope.appendString(name.utf8, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        switch field {
        case .text(let text): JSONEnvelope.appendString(text.utf8, to: &bytes)
        case .number(let number): bytes += String(number).utf8
        }
      }
      bytes.append(UInt8(ascii: "}"))
    }
    bytes.append(UInt8(ascii: "]"))
  }

  enum Field {
    case text(String)
    case number(Int64)
  }

  /// The line with its line feed.
  var line: [UInt8] { bytes + Array("}\n".utf8) }

  private mutating func begin(_ key: String) {
    bytes.append(UInt8(ascii: ","))
    JSONEnvelope.appendString(key.utf8, to: &bytes)
    bytes.append(UInt8(ascii: ":"))
  }

  /// Java's `Double.toString`: decimal between 10⁻³ and 10⁷, otherwise with an exponent.
  static func java(_ value: Double) -> String {
    guard value.isFinite else { return value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity" }
    let size = abs(value)
    if size == 0 || (size >= 1e-3 && size < 1e7) { return "\(value)" }
    // Swift's shortest digits, with the point behind the first of them.
    let parts = "\(size)".split(separator: "e")
    let whole = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    let (before, after) = (String(whole[0]), whole.count > 1 ? String(whole[1]) : "")
    var digits = Substring(before + after)
    var exponent = before.count - 1 + (parts.count > 1 ? Int(parts[1]) ?? 0 : 0)
    while digits.count > 1, digits.hasPrefix("0") {
      digits.removeFirst()
      exponent -= 1
    }
    while digits.count > 1, digits.hasSuffix("0") { digits.removeLast() }
    let rest = digits.dropFirst()
    return "\(value < 0 ? "-" : "")\(digits.prefix(1)).\(rest.isEmpty ? "0" : rest)E\(exponent)"
  }
}
