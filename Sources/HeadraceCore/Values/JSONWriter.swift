/// Writes JSON text.
struct JSONWriter {
  private(set) var output: [UInt8] = []
  private let indents: Bool
  private var depth = 0

  init(indents: Bool) { self.indents = indents }

  mutating func write(_ value: JSONValue) {
    switch value {
    case .null: output += "null".utf8
    case .bool(let value): output += (value ? "true" : "false").utf8
    case .int(let value): output += String(value).utf8
    case .double(let value): output += (value.isFinite ? Self.number(value) : "null").utf8
    case .string(let value): write(value)
    case .array(let elements):
      list(open: "[", close: "]", elements) { $0.write($1) }
    case .object(let members):
      list(open: "{", close: "}", members) {
        $0.write($1.name)
        $0.output += ($0.indents ? ": " : ":").utf8
        $0.write($1.value)
      }
    }
  }

  private static func number(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value)).0" : "\(value)"
  }

  private mutating func list<Element>(
    open: String, close: String, _ elements: [Element], _ each: (inout JSONWriter, Element) -> Void
  ) {
    output += open.utf8
    depth += 1
    for (index, element) in elements.enumerated() {
      if index > 0 { output.append(UInt8(ascii: ",")) }
      newLine()
      each(&self, element)
    }
    depth -= 1
    if !elements.isEmpty { newLine() }
    output += close.utf8
  }

  private mutating func newLine() {
    guard indents else { return }
    output.append(UInt8(ascii: "\n"))
    output.append(contentsOf: repeatElement(UInt8(ascii: " "), count: depth * 2))
  }

  private mutating func write(_ text: String) {
    output.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""): output += "\\\"".utf8
      case UInt8(ascii: "\\"): output += "\\\\".utf8
      case 0x0a: output += "\\n".utf8
      case 0x0d: output += "\\r".utf8
      case 0x09: output += "\\t".utf8
      case 0..<0x20: output += "\\u00\([byte].hex)".utf8
      default: output.append(byte)
      }
    }
    output.append(UInt8(ascii: "\""))
  }
}
