/// Refuses XML of which a tag has more attributes than any writer makes: libxml2 compares each with each, so that 200,000 of
/// them take minutes.
enum AttributeBound {
  private static let most = 2000

  /// Whether every tag of `bytes` keeps the bound. Quotes are counted, in UTF-16 as well; comments and CDATA are passed over.
  static func holds(_ bytes: [UInt8]) -> Bool {
    var index = 0
    while let open = bytes[index...].firstIndex(of: UInt8(ascii: "<")) {
      index = open + 1
      if bytes[index...].starts(with: "!--".utf8) {
        index = end(of: "-->", in: bytes, from: index)
      } else if bytes[index...].starts(with: "![CDATA[".utf8) {
        index = end(of: "]]>", in: bytes, from: index)
      } else {
        guard let next = endOfTag(bytes, from: index) else { return false }
        index = next
      }
    }
    return true
  }

  /// Where the tag ends; nil when it has too many attributes.
  private static func endOfTag(_ bytes: [UInt8], from start: Int) -> Int? {
    var index = start
    var quote: UInt8 = 0
    var attributes = 0
    while index < bytes.count {
      let byte = bytes[index]
      index += 1
      if quote != 0 {
        if byte == quote { quote = 0 }
      } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
        quote = byte
        attributes += 1
        if attributes > most { return nil }
      } else if byte == UInt8(ascii: ">") {
        break
      }
    }
    return index
  }

  private static func end(of word: String, in bytes: [UInt8], from start: Int) -> Int {
    let needle = Array(word.utf8)
    var index = start
    while index + needle.count <= bytes.count {
      if bytes[index] == needle[0], bytes[index..<index + needle.count].elementsEqual(needle) {
        return index + needle.count
      }
      index += 1
    }
    return bytes.count
  }
}
