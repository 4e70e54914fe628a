/// The charset that a text declares of itself, within its first 4 KiB.
package enum DeclaredCharset {
  /// What `bytes` declare; nil where they declare nothing, or their format has no such declaration.
  package static func find(in bytes: [UInt8], _ own: TextDecoder.OwnDeclaration) -> String? {
    switch own {
    case .none: nil
    case .xml: ofXML(head(bytes))
    case .html: ofMeta(head(bytes)) ?? ofXML(head(bytes))
    }
  }

  /// Lower case, one character a byte: declarations are ASCII whatever the rest is.
  private static func head(_ bytes: [UInt8]) -> [UInt8] {
    bytes.prefix(4096).map { $0 >= 0x41 && $0 <= 0x5a ? $0 | 0x20 : $0 }
  }

  private static func ofXML(_ head: [UInt8]) -> String? {
    let start = head.firstIndex { $0 > 0x20 } ?? 0
    guard head[start...].starts(with: Array("<?xml".utf8)) else { return nil }
    let end = find("?>", in: head, from: start) ?? head.count
    guard let at = find("encoding", in: head, from: start), at < end else { return nil }
    return value(in: head, after: at + 8)
  }

  private static func ofMeta(_ head: [UInt8]) -> String? {
    var position = 0
    while let tag = find("<meta", in: head, from: position) {
      let end = head[tag...].firstIndex(of: UInt8(ascii: ">")) ?? head.count
      if let at = find("charset", in: head, from: tag), at < end, let name = value(in: head, after: at + 7) {
        return name
      }
      position = end
    }
    return nil
  }

  /// What stands behind `=`, quoted or not.
  private static func value(in head: [UInt8], after position: Int) -> String? {
    var index = position
    func skipSpaces() { while index < head.count, head[index] <= 0x20 { index += 1 } }
    skipSpaces()
    guard index < head.count, head[index] == UInt8(ascii: "=") else { return nil }
    index += 1
    skipSpaces()
    if index < head.count, head[index] == UInt8(ascii: "\"") || head[index] == UInt8(ascii: "'") { index += 1 }
    let end =
      head[index...].firstIndex { $0 <= 0x20 || [0x22, 0x27, 0x3b, 0x3e, 0x2f, 0x3f].contains($0) } ?? head.count
    guard end > index, end - index <= 40 else { return nil }
    return String(decoding: head[index..<end], as: UTF8.self)
  }

  private static func find(_ word: String, in head: [UInt8], from start: Int) -> Int? {
    let needle = Array(word.utf8)
    guard head.count >= needle.count, start <= head.count - needle.count else { return nil }
    for index in start...(head.count - needle.count) where head[index] == needle[0] {
      if head[index..<index + needle.count].elementsEqual(needle) { return index }
    }
    return nil
  }
}
