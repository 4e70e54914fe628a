/// What the beginning of a text tells about its kind.
package enum TextStart {
  /// A peek at the first 4 KiB of text, in whatever encoding: ASCII is all that is looked at.
  package static func peek(_ head: [UInt8]) -> [UInt8] {
    let begin = Array(head.prefix(4096))
    let wide: String?
    if let mark = ByteOrderMark(begin) {
      guard mark.encoding != "UTF-8" else { return Array(begin.dropFirst(3)) }
      wide = mark.encoding
    } else {
      wide = begin.contains(0) ? UTF16Check.order(of: head)?.rawValue : nil
    }
    guard let wide else { return begin }
    let result = IconvDecoder.decode(begin, as: wide, strictly: false)?.bytes ?? begin
    return result.starts(with: [0xef, 0xbb, 0xbf]) ? Array(result.dropFirst(3)) : result
  }

  /// Whether it begins as HTML does: `<!doctype html`, `<html`, or an XML declaration with `<html` behind it. White space,
  /// comments and processing instructions may stand before.
  package static func isHTML(_ peek: [UInt8]) -> Bool {
    var rest = peek[...]
    for _ in 0..<32 {
      rest = rest.drop { $0 <= 0x20 }
      if begins(rest, "<!doctype") {
        let name = rest.dropFirst(9).drop { $0 <= 0x20 }
        return begins(name, "html") && isEndOfName(name.dropFirst(4).first)
      }
      if begins(rest, "<html") { return isEndOfName(rest.dropFirst(5).first) }
      if begins(rest, "<!--") {
        rest = after("-->", in: rest)
      } else if begins(rest, "<?") {
        rest = after("?>", in: rest)
      } else {
        return false
      }
    }
    return false
  }

  /// Whether it begins as a mail does: two header lines, one of them From, Date, Received, Message-ID or Subject; where it
  /// is a later one, all up to the first empty line must be headers.
  package static func isMail(_ peek: [UInt8]) -> Bool {
    var names: [String] = []
    var isComplete = false
    for (index, line) in peek.split(separator: 0x0a, maxSplits: 64, omittingEmptySubsequences: false).enumerated() {
      let line = line.last == 0x0d ? line.dropLast() : line
      if line.isEmpty {
        isComplete = true
        break
      }
      if line[line.startIndex] == 0x20 || line[line.startIndex] == 0x09 {
        guard !names.isEmpty else { return false }
        continue
      }
      // The line that parts mails in a mailbox file.
      if index == 0, line.starts(with: "From ".utf8) { continue }
      guard let name = headerName(line) else { break }
      names.append(name)
    }
    guard names.count >= 2 else { return false }
    if names.prefix(2).contains(where: telling.contains) { return true }
    return isComplete && names.contains(where: telling.contains)
  }

  private static let telling: Set<String> = ["from", "date", "received", "message-id", "subject"]

  private static func headerName(_ line: ArraySlice<UInt8>) -> String? {
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex else { return nil }
    let name = line[line.startIndex..<colon]
    let isName = name.allSatisfy { $0 > 0x20 && $0 < 0x7f }
    guard isName, name.count <= 64 else { return nil }
    return String(decoding: name, as: UTF8.self).lowercased()
  }

  private static func begins(_ bytes: ArraySlice<UInt8>, _ word: String) -> Bool {
    bytes.prefix(word.utf8.count).elementsEqual(word.utf8) { ($0 >= 0x41 && $0 <= 0x5a ? $0 | 0x20 : $0) == $1 }
  }

  private static func isEndOfName(_ byte: UInt8?) -> Bool {
    guard let byte else { return true }
    return byte <= 0x20 || byte == UInt8(ascii: ">") || byte == UInt8(ascii: "/")
  }

  private static func after(_ word: String, in bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let needle = Array(word.utf8)
    var index = bytes.startIndex
    while index + needle.count <= bytes.endIndex {
      if bytes[index..<index + needle.count].elementsEqual(needle) { return bytes[(index + needle.count)...] }
      index += 1
    }
    return []
  }
}
