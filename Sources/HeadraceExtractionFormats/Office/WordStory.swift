internal import HeadraceExtraction

/// The text of one part of a DOCX: runs, paragraphs, tables.
struct WordStory {
  private let sink: TextSink
  private let headings: WordHeadings
  private var sections = 0
  /// Open cells: a paragraph within one does not begin a line.
  private var cells = 0
  /// Open runs, innermost last: whether each is hidden from readers. A text box stands within a run.
  private var runs: [Bool] = []
  private var isInParagraphProperties = false
  /// What stands in the heading that is open.
  private var heading: [UInt8]?

  init(_ sink: TextSink, headings: WordHeadings) {
    self.sink = sink
    self.headings = headings
  }

  /// Writes the text of `xml`.
  mutating func read(_ xml: XMLEvents) throws {
    var text = 0
    while let event = try xml.next() {
      switch event {
      case .start("t", let isEmpty): if !isEmpty { text += 1 }
      case .end("t"): text = max(0, text - 1)
      case .text(let piece): if text > 0 { unsafe write(piece) }
      case .start(let name, let isEmpty): try start(name, isEmpty, xml)
      case .end(let name): end(name)
      }
    }
    release()
  }

  private mutating func start(_ name: String, _ isEmpty: Bool, _ xml: XMLEvents) throws {
    switch name {
    // The same again for programs that are old; phonetic guides; what was deleted.
    case "Fallback", "rt", "del", "moveFrom": try xml.skipElement(isEmpty: isEmpty)
    case "p":
      release()
      if isEmpty { endParagraph() }
    case "pStyle": if headings.contains(xml["val"] ?? "") { openHeading() }
    case "outlineLvl": if let level = Int(xml["val"] ?? ""), level < 9 { openHeading() }
    case "tab", "ptab": if heading != nil { heading?.append(0x20) } else { sink.tab() }
    case "br", "cr": if heading != nil { heading?.append(0x20) } else { sink.lineBreak() }
    case "noBreakHyphen": write("\u{2011}")
    case "sym": break
    case "tc": cells += 1
    case "r": if !isEmpty { runs.append(false) }
    case "pPr": isInParagraphProperties = !isEmpty
    case "vanish":
      if !isInParagraphProperties, !runs.isEmpty, !["0", "false", "off"].contains(xml["val"] ?? "") {
        runs[runs.count - 1] = true
      }
    case "tr": sink.lineBreak()
    case "tabs": try xml.skipElement(isEmpty: isEmpty)
    default: break
    }
  }

  private mutating func end(_ name: String) {
    switch name {
    case "p": endParagraph()
    case "tc":
      cells = max(0, cells - 1)
      sink.tab()
    case "tr": sink.lineBreak()
    case "tbl": sink.paragraphBreak()
    case "r": _ = runs.popLast()
    case "pPr": isInParagraphProperties = false
    default: break
    }
  }

  private mutating func endParagraph() {
    let wasHeading = heading != nil
    release()
    if cells > 0 {
      sink.space()
    } else if wasHeading {
      sink.paragraphBreak()
    } else {
      sink.lineBreak()
    }
  }

  private mutating func openHeading() {
    guard heading == nil, cells == 0 else { return }
    sink.paragraphBreak()
    heading = []
  }

  private mutating func release() {
    guard let bytes = heading else { return }
    heading = nil
    let text = String(decoding: bytes, as: UTF8.self)
    guard text.contains(where: { !$0.isWhitespace }) else { return }
    sections += 1
    sink.begin(.section, sections, label: String(text.prefix(200)))
    sink.write(text)
  }

  private mutating func write(_ piece: UnsafeRawBufferPointer) {
    guard runs.last != true else { return }
    if heading != nil {
      unsafe heading?.append(contentsOf: piece)
      if heading?.count ?? 0 > 8 << 10 { release() }
    } else {
      unsafe sink.write(piece)
    }
  }

  private mutating func write(_ text: String) {
    var text = text
    text.withUTF8 { unsafe write(UnsafeRawBufferPointer($0)) }
  }
}
