internal import HeadraceExtraction

/// The package document of a book: its facts, and its chapters in order.
struct BookPackage {
  private(set) var title: String?
  private(set) var author: String?
  private(set) var created: String?
  /// The parts to read, in order.
  private(set) var chapters: [String] = []

  /// Reads the part called `name`.
  init(_ bytes: [UInt8], name: String) throws {
    let xml = try XMLEvents(bytes, part: name, allowsDoctype: true)
    let folder = name.lastIndex(of: "/").map { String(name[...$0]) } ?? ""
    var items: [String: String] = [:]
    var spine: [String] = []
    while let event = try xml.next() {
      guard case .start(let element, let isEmpty) = event else { continue }
      switch element {
      case "title": title = try title ?? Self.fact(xml, isEmpty)
      case "creator": author = try author ?? Self.fact(xml, isEmpty)
      case "date": created = try created ?? Self.fact(xml, isEmpty)
      case "item":
        if let id = xml["id"], let href = xml["href"] {
          items[id] = OfficePackage.resolve(Self.unescaped(href), in: folder)
        }
      case "itemref": if let id = xml["idref"] { spine.append(id) }
      default: break
      }
    }
    var seen: Set<String> = []
    chapters = spine.compactMap { items[$0] }.filter { seen.insert($0).inserted }
  }

  private static func fact(_ xml: XMLEvents, _ isEmpty: Bool) throws -> String? {
    let text = try xml.textOfElement(isEmpty: isEmpty).trimmed(of: " \t\r\n")
    return text.isEmpty ? nil : text
  }

  /// Without percent signs and what stands behind a `#`.
  static func unescaped(_ reference: String) -> String {
    var bytes: [UInt8] = []
    var rest = Array(reference.prefix { $0 != "#" }.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), rest.count >= 2,
        let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
