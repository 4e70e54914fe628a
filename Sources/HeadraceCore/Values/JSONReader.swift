/// Reads JSON text strictly: what RFC 8259 allows and nothing else.
struct JSONReader {
  private let bytes: [UInt8]
  private var index = 0
  private var depth = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  mutating func readDocument() throws(JSONValue.SyntaxError) -> JSONValue {
    let value = try readValue()
    skipSpace()
    guard index == bytes.count else { throw fail("something follows the value") }
    return value
  }

  private func fail(_ reason: String) -> JSONValue.SyntaxError { .init(offset: index, reason: reason) }

  private var next: UInt8? { index < bytes.count ? bytes[index] : nil }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { index += 1 }
  }

  private mutating func readValue() throws(JSONValue.SyntaxError) -> JSONValue {
    skipSpace()
    guard let byte = next else { throw fail("the text ends where a value should be") }
    switch byte {
    case UInt8(ascii: "{"): return try readObject()
    case UInt8(ascii: "["): return try readArray()
    case UInt8(ascii: "\""): return .string(try readString())
    case UInt8(ascii: "t"): return try readWord("true", .bool(true))
    case UInt8(ascii: "f"): return try readWord("false", .bool(false))
    case UInt8(ascii: "n"): return try readWord("null", .null)
    case UInt8(ascii: "-"), 0x30...0x39: return try readNumber()
    default: throw fail("no value can begin here")
    }
  }

  private mutating func readWord(_ word: String, _ value: JSONValue) throws(JSONValue.SyntaxError) -> JSONValue {
    guard bytes[index...].starts(with: word.utf8) else { throw fail("\"\(word)\" was expected") }
    index += word.utf8.count
    return value
  }

  private mutating func descend() throws(JSONValue.SyntaxError) {
    index += 1
    depth += 1
    guard depth <= JSONValue.maximumDepth else { throw fail("deeper than \(JSONValue.maximumDepth) levels") }
  }

  private mutating func readArray() throws(JSONValue.SyntaxError) -> JSONValue {
    try descend()
    var elements: [JSONValue] = []
    skipSpace()
    if next == UInt8(ascii: "]") {
      index += 1
    } else {
      repeat { elements.append(try readValue()) } while try continues(until: UInt8(ascii: "]"))
    }
    depth -= 1
    return .array(elements)
  }

  private mutating func readObject() throws(JSONValue.SyntaxError) -> JSONValue {
    try descend()
    var members: [JSONValue.Member] = []
    skipSpace()
    if next == UInt8(ascii: "}") {
      index += 1
    } else {
      repeat {
        skipSpace()
        guard next == UInt8(ascii: "\"") else { throw fail("a member's name was expected") }
        let name = try readString()
        skipSpace()
        guard next == UInt8(ascii: ":") else { throw fail("\":\" was expected") }
        index += 1
        members.append(.init(name, try readValue()))
      } while try continues(until: UInt8(ascii: "}"))
    }
    depth -= 1
    return .object(members)
  }

  private mutating func continues(until end: UInt8) throws(JSONValue.SyntaxError) -> Bool {
    skipSpace()
    guard let byte = next, byte == end || byte == UInt8(ascii: ",") else { throw fail("\",\" or the end was expected") }
    index += 1
    return byte != end
  }

  private mutating func readNumber() throws(JSONValue.SyntaxError) -> JSONValue {
    let start = index
    if next == UInt8(ascii: "-") { index += 1 }
    let firstDigit = next
    let whole = skipDigits()
    guard whole > 0 else { throw fail("a digit was expected") }
    guard whole == 1 || firstDigit != UInt8(ascii: "0") else { throw fail("a number has a leading zero") }
    var isWhole = true
    if next == UInt8(ascii: ".") {
      isWhole = false
      index += 1
      guard skipDigits() > 0 else { throw fail("a digit was expected") }
    }
    if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
      isWhole = false
      index += 1
      if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { index += 1 }
      guard skipDigits() > 0 else { throw fail("a digit was expected") }
    }
    let text = String(decoding: bytes[start..<index], as: UTF8.self)
    if isWhole, let value = Int64(text) { return .int(value) }
    guard let value = Double(text), value.isFinite else { throw fail("a number is out of range") }
    return .double(value)
  }

  private mutating func skipDigits() -> Int {
    let start = index
    while let byte = next, (0x30...0x39).contains(byte) { index += 1 }
    return index - start
  }

  private mutating func readString() throws(JSONValue.SyntaxError) -> String {
    index += 1
    var text: [UInt8] = []
    var runStart = index
    while true {
      guard let byte = next else { throw fail("the text ends inside a string") }
      switch byte {
      case UInt8(ascii: "\""):
        text += bytes[runStart..<index]
        guard let string = String(validating: text, as: UTF8.self) else { throw fail("a string is not UTF-8") }
        index += 1
        return string
      case UInt8(ascii: "\\"):
        text += bytes[runStart..<index]
        index += 1
        try readEscape(into: &text)
        runStart = index
      case 0..<0x20: throw fail("a control character stands bare in a string")
      default: index += 1
      }
    }
  }

  private mutating func readEscape(into text: inout [UInt8]) throws(JSONValue.SyntaxError) {
    guard let byte = next else { throw fail("the text ends inside a string") }
    index += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0c)
    case UInt8(ascii: "n"): text.append(0x0a)
    case UInt8(ascii: "r"): text.append(0x0d)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"):
      var code = UInt32(try readHex4())
      if (0xd800..<0xdc00).contains(code), index + 6 <= bytes.count, bytes[index] == UInt8(ascii: "\\"),
        bytes[index + 1] == UInt8(ascii: "u")
      {
        let mark = index
        index += 2
        let low = UInt32(try readHex4())
        if (0xdc00..<0xe000).contains(low) {
          code = 0x10000 + (code - 0xd800) << 10 + (low - 0xdc00)
        } else {
          index = mark
        }
      }
      // A lone surrogate has no UTF-8: it becomes the replacement character, as in other readers.
      text += String(Unicode.Scalar(code) ?? "\u{FFFD}").utf8
    default: throw fail("no escape is written like this")
    }
  }

  private mutating func readHex4() throws(JSONValue.SyntaxError) -> UInt16 {
    guard index + 4 <= bytes.count, let pair = [UInt8](hex: String(decoding: bytes[index..<index + 4], as: UTF8.self))
    else { throw fail("four hex digits were expected") }
    index += 4
    return UInt16(pair[0]) << 8 | UInt16(pair[1])
  }
}
