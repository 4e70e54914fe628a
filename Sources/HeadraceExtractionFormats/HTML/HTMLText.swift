internal import CXML2
internal import HeadraceExtraction

/// Writes the text of HTML, event by event: no tree is built, nothing recurses, and what is open is counted by kind.
@safe
final class HTMLText {
  /// The title, when it has one.
  private(set) var title: String?
  /// The author that the head names.
  private(set) var author: String?
  /// The first heading.
  private(set) var firstHeading: String?
  /// Sections seen so far: headings are numbered across documents of one book.
  var sections = 0

  private let sink: TextSink
  private let keepsTitle: Bool
  /// Names are unique by address within one parser.
  private var elements: [UnsafePointer<xmlChar>: HTMLElement] = unsafe [:]
  private var dropped: (name: UnsafePointer<xmlChar>, depth: Int)?
  private var preformatted = 0
  /// What stands in the heading or title that is open: it is written at its end, behind its mark.
  private var captured: [UInt8]?
  private var isTitle = false
  private var isFirstCell = true
  /// Open cells, innermost last: how much was written when each began.
  private var cells: [Int] = []
  private static let capturedBytes = 16 << 10
  private static let chunkBytes = 64 << 10

  /// Text goes to `sink`; the title is part of it if `keepsTitle`.
  init(_ sink: TextSink, keepsTitle: Bool) {
    self.sink = sink
    self.keepsTitle = keepsTitle
  }

  /// Parses all of `bytes`, which are UTF-8.
  func parse(_ bytes: UnsafeRawBufferPointer) throws {
    var handler = unsafe htmlSAXHandler()
    unsafe handler.startElement = { context, name, attributes in
      unsafe HTMLText.from(context).start(name!, attributes)
    }
    unsafe handler.endElement = { context, name in unsafe HTMLText.from(context).end(name!) }
    unsafe handler.characters = { context, text, count in
      unsafe HTMLText.from(context).text(UnsafeRawBufferPointer(start: text, count: Int(count)))
    }
    unsafe handler.ignorableWhitespace = handler.characters
    unsafe handler.cdataBlock = handler.characters
    let context = unsafe Unmanaged.passUnretained(self).toOpaque()
    guard
      let parser = unsafe htmlCreatePushParserCtxt(&handler, context, nil, 0, nil, XML_CHAR_ENCODING_UTF8)
    else { throw FormatFault(reason: .memory, detail: "The HTML parser could not be started.") }
    defer { unsafe htmlFreeParserCtxt(parser) }
    let options = HTML_PARSE_RECOVER.rawValue | HTML_PARSE_NOERROR.rawValue | HTML_PARSE_NOWARNING.rawValue
    unsafe htmlCtxtUseOptions(
      parser, Int32(options | HTML_PARSE_NONET.rawValue | HTML_PARSE_IGNORE_ENC.rawValue))
    var thinner = HTMLThinner()
    var chunk: [UInt8] = []
    var position = 0
    while position < bytes.count {
      let end = min(position + Self.chunkBytes, bytes.count)
      chunk.removeAll(keepingCapacity: true)
      unsafe thinner.thin(bytes[position..<end], into: &chunk)
      position = end
      unsafe chunk.withUnsafeBytes { buffer in
        let text = unsafe buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
        unsafe htmlParseChunk(parser, text, Int32(buffer.count), position == bytes.count ? 1 : 0)
      }
      if unsafe parser.pointee.errNo == Int32(XML_ERR_NO_MEMORY.rawValue) {
        throw FormatFault(reason: .memory, detail: "The HTML parser ran out of memory.")
      }
    }
    release()
  }

  // MARK: Events

  private static func from(_ context: UnsafeMutableRawPointer?) -> HTMLText {
    unsafe Unmanaged<HTMLText>.fromOpaque(context!).takeUnretainedValue()
  }

  private func start(_ name: UnsafePointer<xmlChar>, _ attributes: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?) {
    if let open = unsafe dropped {
      if unsafe open.name == name { unsafe dropped = (name, open.depth + 1) }
      return
    }
    switch unsafe element(name) {
    case .plain: break
    case .dropped: unsafe dropped = (name, 1)
    case .title: capture(asTitle: true)
    case .heading:
      release()
      sink.paragraphBreak()
      capture(asTitle: false)
    case .block:
      release()
      if !isAtStartOfCell { sink.lineBreak() }
      isFirstCell = true
    case .paragraph:
      release()
      if !isAtStartOfCell { sink.paragraphBreak() }
      isFirstCell = true
    case .preformatted:
      release()
      sink.paragraphBreak()
      preformatted += 1
    case .lineBreak: if captured != nil { captured?.append(0x20) } else { sink.lineBreak() }
    case .cell:
      if !isFirstCell { sink.tab() }
      isFirstCell = false
      cells.append(sink.writes)
    case .meta: unsafe meta(attributes)
    }
  }

  private func end(_ name: UnsafePointer<xmlChar>) {
    if let open = unsafe dropped {
      if unsafe open.name == name { unsafe dropped = open.depth > 1 ? (name, open.depth - 1) : nil }
      return
    }
    switch unsafe element(name) {
    case .plain, .dropped, .lineBreak, .meta: break
    case .cell:
      release()
      if let mark = cells.popLast() { sink.endCell(since: mark) }
      isFirstCell = false
      sink.space()
    case .title: release()
    case .heading:
      release()
      sink.paragraphBreak()
    case .block: sink.lineBreak()
    case .paragraph: sink.paragraphBreak()
    case .preformatted:
      preformatted = max(0, preformatted - 1)
      sink.paragraphBreak()
    }
  }

  /// Whether nothing of the innermost cell was written yet: its first paragraph stands beside the cell before it.
  private var isAtStartOfCell: Bool { cells.last == sink.writes }

  private func text(_ text: UnsafeRawBufferPointer) {
    guard unsafe dropped == nil else { return }
    if captured != nil {
      unsafe captured?.append(contentsOf: text)
      if captured?.count ?? 0 > Self.capturedBytes { release() }
    } else if preformatted > 0 {
      unsafe sink.write(text)
    } else {
      unsafe sink.flow(text)
    }
  }

  // MARK: Helpers

  private func element(_ name: UnsafePointer<xmlChar>) -> HTMLElement {
    if let known = unsafe elements[name] { return known }
    let text = unsafe String(cString: name)
    let element = HTMLElement(text.split(separator: ":").last.map { $0.lowercased() } ?? text)
    unsafe elements[name] = element
    return element
  }

  private func capture(asTitle: Bool) {
    release()
    captured = []
    isTitle = asTitle
  }

  /// Writes what was captured, behind its mark.
  private func release() {
    guard let bytes = captured else { return }
    captured = nil
    let label = Self.label(bytes)
    if isTitle {
      isTitle = false
      if title == nil { title = label }
      guard keepsTitle else { return }
      sink.flow(String(decoding: bytes, as: UTF8.self))
      sink.paragraphBreak()
      return
    }
    guard !label.isEmpty else { return }
    sections += 1
    if firstHeading == nil { firstHeading = label }
    sink.begin(.section, sections, label: label)
    sink.flow(String(decoding: bytes, as: UTF8.self))
  }

  private func meta(_ attributes: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?) {
    guard let attributes = unsafe attributes else { return }
    var name = ""
    var content: String?
    var index = 0
    while index < 64, let key = unsafe attributes[index] {
      if let value = unsafe attributes[index + 1] {
        switch unsafe String(cString: key) {
        case "name", "property": name = unsafe String(cString: value).lowercased()
        case "content": content = unsafe String(cString: value)
        default: break
        }
      }
      index += 2
    }
    if name == "author", author == nil { author = content }
  }

  private static func label(_ bytes: [UInt8]) -> String {
    String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace).joined(separator: " ").prefix(200)
      .trimmed(of: " ")
  }
}
