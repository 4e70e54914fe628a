internal import CXML2
internal import Glibc
internal import HeadraceExtraction

/// Reads XML event by event: no tree is kept, entities that a document defines are not expanded, nothing is loaded from
/// elsewhere, and depth is bounded by libxml2's own 256.
@safe
final class XMLEvents {
  /// What was met. Names are without their prefix.
  @safe
  enum Event {
    case start(String, isEmpty: Bool)
    case end(String)
    case text(UnsafeRawBufferPointer)
  }

  private let reader: xmlTextReaderPtr
  private let bytes: UnsafeMutableRawBufferPointer
  private let part: String
  private let allowsDoctype: Bool
  /// Names are unique by address within one reader.
  private var names: [UnsafePointer<xmlChar>: String] = unsafe [:]

  /// Reads `bytes`, which are the part called `part`; a DOCTYPE is damage unless `allowsDoctype`.
  init(_ source: [UInt8], part: String, allowsDoctype: Bool = false) throws {
    guard AttributeBound.holds(source) else {
      throw FormatFault.corrupt("\(part) has a tag of more than 2,000 attributes.")
    }
    self.part = part
    self.allowsDoctype = allowsDoctype
    unsafe bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, source.count), alignment: 16)
    unsafe bytes.copyBytes(from: source)
    let options =
      XML_PARSE_NONET.rawValue | XML_PARSE_NOERROR.rawValue | XML_PARSE_NOWARNING.rawValue
      | XML_PARSE_NOCDATA.rawValue | XML_PARSE_COMPACT.rawValue
    guard
      let reader = unsafe xmlReaderForMemory(
        bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(source.count), nil, nil, Int32(options))
    else {
      unsafe bytes.deallocate()
      throw FormatFault(reason: .memory, detail: "The XML parser could not be started.")
    }
    unsafe self.reader = reader
  }

  deinit {
    unsafe xmlFreeTextReader(reader)
    unsafe bytes.deallocate()
  }

  /// The next event; nil at the end. Throws ``FormatFault``.
  func next() throws -> Event? {
    while true {
      let status = unsafe xmlTextReaderRead(reader)
      guard status != 0 else { return nil }
      guard status == 1 else { throw fault() }
      switch unsafe UInt32(xmlTextReaderNodeType(reader)) {
      case XML_READER_TYPE_ELEMENT.rawValue:
        return unsafe .start(name(), isEmpty: xmlTextReaderIsEmptyElement(reader) == 1)
      case XML_READER_TYPE_END_ELEMENT.rawValue:
        return .end(name())
      case XML_READER_TYPE_TEXT.rawValue, XML_READER_TYPE_CDATA.rawValue,
        XML_READER_TYPE_SIGNIFICANT_WHITESPACE.rawValue,
        XML_READER_TYPE_WHITESPACE.rawValue:
        guard let text = unsafe xmlTextReaderConstValue(reader) else { continue }
        return unsafe .text(UnsafeRawBufferPointer(start: text, count: strlen(text)))
      case XML_READER_TYPE_DOCUMENT_TYPE.rawValue:
        guard allowsDoctype else { throw FormatFault.corrupt("\(part) has a document type declaration.") }
      default: continue
      }
    }
  }

  /// An attribute of the element just started, by its name without prefix.
  subscript(attribute: String) -> String? {
    var found: String?
    guard unsafe xmlTextReaderMoveToFirstAttribute(reader) == 1 else { return nil }
    repeat {
      if name() == attribute, let value = unsafe xmlTextReaderConstValue(reader) {
        unsafe found = String(cString: value)
        break
      }
    } while unsafe xmlTextReaderMoveToNextAttribute(reader) == 1
    unsafe xmlTextReaderMoveToElement(reader)
    return found
  }

  /// The id of the part that the element just started refers to: `r:id`, which is not its own `id`.
  var relationID: String? {
    var found: String?
    guard unsafe xmlTextReaderMoveToFirstAttribute(reader) == 1 else { return nil }
    repeat {
      guard name() == "id", let space = unsafe xmlTextReaderConstNamespaceUri(reader),
        unsafe String(cString: space).hasSuffix("/relationships"), let value = unsafe xmlTextReaderConstValue(reader)
      else { continue }
      unsafe found = String(cString: value)
      break
    } while unsafe xmlTextReaderMoveToNextAttribute(reader) == 1
    unsafe xmlTextReaderMoveToElement(reader)
    return found
  }

  /// Reads up to the end of the element just started; the text in it.
  func textOfElement(isEmpty: Bool) throws -> String {
    guard !isEmpty else { return "" }
    var depth = 1
    var text: [UInt8] = []
    while depth > 0, let event = try next() {
      switch event {
      case .start(_, let isEmpty): depth += isEmpty ? 0 : 1
      case .end: depth -= 1
      case .text(let piece): if text.count < 1 << 20 { unsafe text.append(contentsOf: piece) }
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Reads up to the end of the element just started.
  func skipElement(isEmpty: Bool) throws {
    guard !isEmpty else { return }
    var depth = 1
    while depth > 0, let event = try next() {
      switch event {
      case .start(_, let isEmpty): depth += isEmpty ? 0 : 1
      case .end: depth -= 1
      case .text: break
      }
    }
  }

  private func name() -> String {
    guard let raw = unsafe xmlTextReaderConstLocalName(reader) else { return "" }
    if let known = unsafe names[raw] { return known }
    let name = unsafe String(cString: raw)
    unsafe names[raw] = name
    return name
  }

  private func fault() -> FormatFault {
    guard let error = unsafe xmlGetLastError() else { return .corrupt("\(part) is no XML.") }
    let message = unsafe error.pointee.message.map { unsafe String(cString: $0).trimmed(of: " \n.") } ?? "unknown"
    // libxml2 calls it a lack of memory, and it is a limit of its own: 10 MB in one piece of text.
    if message.contains("huge text node") {
      return FormatFault(reason: .tooLarge, detail: "\(part) has more than 10 MB of text in one piece.")
    }
    if unsafe error.pointee.code == Int32(XML_ERR_NO_MEMORY.rawValue) {
      return FormatFault(reason: .memory, detail: "\(part) needs more memory than it may.")
    }
    return .corrupt("\(part) is damaged at line \(unsafe error.pointee.line): \(message).")
  }
}
