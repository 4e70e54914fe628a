internal import HeadraceExtraction

/// The text of an OpenDocument content part.
struct OpenDocumentStory {
  /// Slides or sheets seen.
  private(set) var pages = 0

  private let sink: TextSink
  private var sections = 0
  /// Open paragraphs: text outside of them is none.
  private var paragraphs = 0
  private var cells = 0
  private var heading: [UInt8]?
  /// The row of a sheet that is open.
  private var row: SheetRow?
  /// What may still be spent on rows and cells that repeat, in bytes.
  private var budget = 1 << 20
  /// Whether tables are sheets: so in spreadsheets alone.
  private var isSpreadsheet = false

  init(_ sink: TextSink) { self.sink = sink }

  /// Writes the text of `xml`.
  mutating func read(_ xml: XMLEvents) throws {
    while let event = try xml.next() {
      switch event {
      case .text(let piece): if paragraphs > 0 { unsafe flow(piece) }
      case .start(let name, let isEmpty): try start(name, isEmpty, xml)
      case .end(let name): end(name)
      }
    }
    release()
  }

  private mutating func start(_ name: String, _ isEmpty: Bool, _ xml: XMLEvents) throws {
    switch name {
    // What was deleted, how a word is pronounced, who wrote a remark and when, the styles.
    case "tracked-changes", "ruby-text", "creator", "date", "date-string", "automatic-styles", "font-face-decls",
      "scripts":
      if name != "date" || paragraphs == 0 { try xml.skipElement(isEmpty: isEmpty) }
    case "p": if !isEmpty { openParagraph() }
    case "h":
      guard !isEmpty else { return }
      release()
      openParagraph()
      sink.paragraphBreak()
      heading = []
    case "s": write(String(repeating: " ", count: min(max(Int(xml["c"] ?? "") ?? 1, 1), 256)))
    case "tab": if heading != nil || row != nil { write(" ") } else { sink.tab() }
    case "line-break": if heading != nil || row != nil { write(" ") } else { sink.lineBreak() }
    case "table-row":
      sink.lineBreak()
      if isSheet, !isEmpty { row = SheetRow(copies: xml["number-rows-repeated"]) }
    case "table-cell", "covered-table-cell":
      if cells == 0 { row?.beginCell(copies: xml["number-columns-repeated"]) }
      if !isEmpty { cells += 1 } else if row == nil, name == "table-cell" { sink.tab() }
    case "table":
      sink.paragraphBreak()
      if isSheet { openSheet(xml["name"] ?? "") }
    case "page":
      pages += 1
      sink.paragraphBreak()
      sink.begin(.slide, pages, label: xml["name"] ?? "")
    case "spreadsheet": isSpreadsheet = true
    case "notes": if !isEmpty { sink.begin(.notes, max(1, pages)) }
    default: break
    }
  }

  private mutating func end(_ name: String) {
    switch name {
    case "p", "h":
      let wasHeading = heading != nil
      release()
      paragraphs = max(0, paragraphs - 1)
      if row != nil {
        write(" ")
      } else if cells > 0 {
        sink.space()
      } else if wasHeading {
        sink.paragraphBreak()
      } else {
        sink.lineBreak()
      }
    case "table-cell", "covered-table-cell":
      cells = max(0, cells - 1)
      if row == nil { sink.tab() }
    case "table-row":
      if cells == 0, let row {
        self.row = nil
        row.write(to: sink, budget: &budget)
      }
      sink.lineBreak()
    case "table":
      sink.end(.sheet)
      sink.paragraphBreak()
    case "notes": sink.end(.notes)
    case "page": sink.end(.slide)
    default: break
    }
  }

  private var isSheet: Bool { isSpreadsheet && paragraphs == 0 && cells == 0 }

  private mutating func openSheet(_ name: String) {
    pages += 1
    sink.begin(.sheet, pages, label: name)
  }

  private mutating func openParagraph() {
    // A paragraph within another is a note or a text box.
    if paragraphs > 0, row == nil { sink.space() }
    paragraphs += 1
  }

  private mutating func release() {
    guard let bytes = heading else { return }
    heading = nil
    let text = String(decoding: bytes, as: UTF8.self)
    guard text.contains(where: { !$0.isWhitespace }) else { return }
    sections += 1
    sink.begin(.section, sections, label: String(text.prefix(200)))
    sink.flow(text)
  }

  private mutating func flow(_ piece: UnsafeRawBufferPointer) {
    if heading != nil {
      unsafe heading?.append(contentsOf: piece)
      if heading?.count ?? 0 > 8 << 10 { release() }
    } else if row != nil {
      unsafe row?.append(piece)
    } else {
      unsafe sink.flow(piece)
    }
  }

  private mutating func write(_ text: String) {
    if heading != nil {
      heading?.append(contentsOf: text.utf8)
    } else if row != nil {
      row?.append(text.utf8)
    } else {
      sink.write(text)
    }
  }
}
