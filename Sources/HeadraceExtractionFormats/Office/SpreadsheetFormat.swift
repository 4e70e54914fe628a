internal import HeadraceExtraction

/// XLSX: sheet by sheet, a line a row, a tab between cells; then the drawings and comments of the sheet.
struct SpreadsheetFormat: FormatReader {
  func read(_ input: FormatInput, into sink: TextSink) throws {
    var package = try OfficePackage(input)
    let relations = try package.relations(of: package.main)
    let targets = Dictionary(relations.map { ($0.id, $0.target) }, uniquingKeysWith: { first, _ in first })
    guard let main = try package.events(package.main) else {
      throw FormatFault.corrupt("Its main part \(package.main) is missing.")
    }
    var sheets: [(name: String, part: String)] = []
    var startsIn1904 = false
    while let event = try main.next() {
      switch event {
      case .start("sheet", _):
        if let id = main.relationID, let part = targets[id] { sheets.append((main["name"] ?? "", part)) }
      case .start("workbookPr", _): startsIn1904 = ["1", "true"].contains(main["date1904"] ?? "")
      default: break
      }
    }
    let strings = try Self.sharedStrings(&package, relations)
    let formats = try CellFormats(&package, relations, startsIn1904: startsIn1904)
    try package.facts(into: sink)
    sink.fact("pages", "\(sheets.count)")
    for (index, sheet) in sheets.enumerated() {
      guard let xml = try package.events(sheet.part) else {
        throw FormatFault.corrupt("The sheet \(sheet.part) is missing.")
      }
      sink.paragraphBreak()
      sink.begin(.sheet, index + 1, label: sheet.name)
      var reader = SheetReader(sink, name: sheet.name, strings: strings, formats: formats)
      try reader.read(xml)
      for relation in try package.relations(of: sheet.part)
      where ["drawing", "comments", "threadedComment"].contains(relation.kind) {
        guard let xml = try package.events(relation.target) else { continue }
        sink.lineBreak()
        guard relation.kind == "drawing" else {
          try Self.comments(xml, into: sink)
          continue
        }
        try PresentationFormat.read(xml, into: sink)
        try OfficeDrawings.read(of: relation.target, in: &package, into: sink)
      }
      sink.end(.sheet)
    }
  }

  /// All shared strings; what says how a word is pronounced is no text.
  private static func sharedStrings(
    _ package: inout OfficePackage, _ relations: [OfficePackage.Relation]
  ) throws -> [String] {
    guard
      let part = relations.first(where: { $0.kind == "sharedStrings" }), let xml = try package.events(part.target)
    else { return [] }
    var strings: [String] = []
    while let event = try xml.next() {
      if case .start("si", let isEmpty) = event { strings.append(try richText(xml, isEmpty: isEmpty, end: "si")) }
    }
    return strings
  }

  /// The text of runs up to the end of the element `end` just started.
  static func richText(_ xml: XMLEvents, isEmpty: Bool, end: String) throws -> String {
    guard !isEmpty else { return "" }
    var bytes: [UInt8] = []
    var text = false
    while let event = try xml.next() {
      switch event {
      case .start("rPh", let isEmpty): try xml.skipElement(isEmpty: isEmpty)
      case .start("t", let isEmpty): text = !isEmpty
      case .end("t"): text = false
      case .text(let piece): if text { unsafe bytes.append(contentsOf: piece) }
      case .end(end): return String(decoding: bytes, as: UTF8.self)
      default: break
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func comments(_ xml: XMLEvents, into sink: TextSink) throws {
    while let event = try xml.next() {
      guard case .start(let name, let isEmpty) = event, name == "comment" || name == "threadedComment" else { continue }
      sink.lineBreak()
      sink.write(
        name == "comment"
          ? try richText(xml, isEmpty: isEmpty, end: name) : try xml.textOfElement(isEmpty: isEmpty))
    }
  }
}
