/// Goes from start tag to start tag of a small, well-known piece of XML: names without prefix, attributes with the five
/// entities. It understands nothing else, allocates little, and cannot be made to recurse or to expand anything.
package struct TagScanner: Sequence, IteratorProtocol {
  /// A start tag.
  package struct Tag {
    /// The name without its prefix.
    package var name: String
    private var attributes: [(name: String, value: String)]

    fileprivate init(name: String, attributes: [(name: String, value: String)]) {
      self.name = name
      self.attributes = attributes
    }

    /// The value of an attribute.
    package subscript(name: String) -> String? { attributes.first { $0.name == name }?.value }
  }

  private let bytes: [UInt8]
  private var position = 0

  /// Begins at the start of `bytes`, UTF-8 or, by its mark, UTF-16.
  package init(_ bytes: [UInt8]) {
    if let mark = ByteOrderMark(bytes), mark.encoding != "UTF-8" {
      self.bytes = IconvDecoder.decode(bytes, as: mark.encoding, strictly: false)?.bytes ?? []
    } else {
      self.bytes = bytes
    }
  }

  /// The next start tag.
  package mutating func next() -> Tag? {
    while let open = bytes[position...].firstIndex(of: UInt8(ascii: "<")) {
      position = open + 1
      guard position < bytes.count else { return nil }
      switch bytes[position] {
      case UInt8(ascii: "!"):
        let isComment = bytes[position...].starts(with: "!--".utf8)
        skip(past: isComment ? "-->" : ">")
      case UInt8(ascii: "?"): skip(past: "?>")
      case UInt8(ascii: "/"): skip(past: ">")
      default: return tag()
      }
    }
    return nil
  }

  private mutating func tag() -> Tag {
    let name = word()
    var attributes: [(name: String, value: String)] = []
    while position < bytes.count, bytes[position] != UInt8(ascii: ">"), attributes.count < 64 {
      let attribute = word()
      skipSpaces()
      guard !attribute.isEmpty, position < bytes.count, bytes[position] == UInt8(ascii: "=") else {
        if attribute.isEmpty { position += 1 }
        continue
      }
      position += 1
      skipSpaces()
      guard position < bytes.count, [0x22, 0x27].contains(bytes[position]) else { continue }
      let quote = bytes[position]
      let start = position + 1
      let end = bytes[start...].firstIndex(of: quote) ?? bytes.count
      attributes.append((attribute, unescaped(String(decoding: bytes[start..<end], as: UTF8.self))))
      position = Swift.min(end + 1, bytes.count)
    }
    return Tag(name: name, attributes: attributes)
  }

  /// A name without its prefix; what is no name is passed over.
  private mutating func word() -> String {
    skipSpaces()
    let start = position
    while position < bytes.count, bytes[position] > 0x20, ![0x3d, 0x3e, 0x2f, 0x22, 0x27].contains(bytes[position]) {
      position += 1
    }
    let whole = bytes[start..<position]
    let local = whole.lastIndex(of: UInt8(ascii: ":")).map { whole[($0 + 1)...] } ?? whole
    return String(decoding: local, as: UTF8.self)
  }

  private mutating func skipSpaces() {
    while position < bytes.count, bytes[position] <= 0x20 { position += 1 }
  }

  private mutating func skip(past end: String) {
    let needle = Array(end.utf8)
    while position + needle.count <= bytes.count {
      if bytes[position..<position + needle.count].elementsEqual(needle) {
        position += needle.count
        return
      }
      position += 1
    }
    position = bytes.count
  }

  private func unescaped(_ text: String) -> String {
    guard text.contains("&") else { return text }
    var result = ""
    var rest = text[...]
    let entities = [("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'")]
    while let first = rest.first {
      if first == "&", let entity = entities.first(where: { rest.hasPrefix($0.0) }) {
        result += entity.1
        rest = rest.dropFirst(entity.0.count)
      } else {
        result.append(first)
        rest = rest.dropFirst()
      }
    }
    return result
  }
}
