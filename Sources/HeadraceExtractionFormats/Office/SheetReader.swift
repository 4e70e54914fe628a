internal import HeadraceExtraction

/// The cells of one sheet.
struct SheetReader {
  private let sink: TextSink
  private let name: String
  private let strings: [String]
  private let formats: CellFormats
  private var isNamed = false
  /// The column of the next cell that does not say its own.
  private var next = 0
  /// The column of the last cell written in this row.
  private var last: Int?

  init(_ sink: TextSink, name: String, strings: [String], formats: CellFormats) {
    self.sink = sink
    self.name = name
    self.strings = strings
    self.formats = formats
  }

  /// Writes all rows.
  mutating func read(_ xml: XMLEvents) throws {
    while let event = try xml.next() {
      switch event {
      case .start("row", _):
        sink.lineBreak()
        next = 0
        last = nil
      case .start("c", let isEmpty): if !isEmpty { try cell(xml) } else { next += 1 }
      case .end("sheetData"): sink.lineBreak()
      default: break
      }
    }
  }

  private mutating func cell(_ xml: XMLEvents) throws {
    let type = xml["t"] ?? "n"
    let style = Int(xml["s"] ?? "") ?? 0
    let place = xml["r"].flatMap(Self.column) ?? next
    next = place + 1
    var value = ""
    loop: while let event = try xml.next() {
      switch event {
      case .start("v", let isEmpty): value = try xml.textOfElement(isEmpty: isEmpty)
      case .start("is", let isEmpty): value = try SpreadsheetFormat.richText(xml, isEmpty: isEmpty, end: "is")
      case .start(_, let isEmpty): try xml.skipElement(isEmpty: isEmpty)
      case .end("c"): break loop
      default: break
      }
    }
    switch type {
    case "s": value = Int(value).flatMap { strings.indices.contains($0) ? strings[$0] : nil } ?? ""
    case "b": value = value == "1" ? "TRUE" : "FALSE"
    case "n": value = formats.shown(value, style: style)
    default: break
    }
    write(value, at: place)
  }

  private mutating func write(_ value: String, at place: Int) {
    guard value.contains(where: { !$0.isWhitespace }) else { return }
    if !isNamed {
      isNamed = true
      // The name stands in the text too: the model is to know what the numbers are about.
      if !name.isEmpty {
        sink.write(name)
        sink.lineBreak()
      }
    }
    for _ in 0..<min(last.map { max(1, place - $0) } ?? 0, 32) { sink.tab() }
    sink.write(value)
    last = place
  }

  /// The number of a column, from 0, in a cell's name such as `AB12`.
  private static func column(_ cell: String) -> Int? {
    var number = 0
    for byte in cell.utf8 {
      guard byte >= UInt8(ascii: "A"), byte <= UInt8(ascii: "Z") else { break }
      number = number * 26 + Int(byte - UInt8(ascii: "A")) + 1
      guard number <= 1 << 20 else { return nil }
    }
    return number > 0 ? number - 1 : nil
  }
}
