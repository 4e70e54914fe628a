internal import HeadraceExtraction

/// One row of an ODS sheet while it is read: what repeats is written as often as a reader sees it, within bounds.
///
/// A file says with a few bytes that a row of 16,384 equal cells stands there a million times: what repeats that often is how
/// the sheet is painted, and is written once.
struct SheetRow {
  /// How often the row stands there.
  let copies: Int
  private var cells: [(text: [UInt8], copies: Int)] = []

  private static let mostCells = 256
  private static let mostRows = 1000

  /// A row that stands there `copies` times.
  init(copies: String?) { self.copies = Self.count(copies) }

  /// A cell begins, to stand there `copies` times.
  mutating func beginCell(copies: String?) { cells.append(([], Self.count(copies))) }

  /// Text of the cell that is open.
  mutating func append(_ text: some Sequence<UInt8>) {
    if !cells.isEmpty { cells[cells.count - 1].text.append(contentsOf: text) }
  }

  /// Writes the row; `budget` is what may still be spent on repetitions, in bytes.
  func write(to sink: TextSink, budget: inout Int) {
    let texts = cells.map { (String(decoding: $0.text, as: UTF8.self).trimmed(of: " \t\r\n"), $0.copies) }
    let bytes = texts.reduce(0) { $0 + $1.0.utf8.count }
    guard bytes > 0 else { return }
    var rows = copies <= Self.mostRows ? copies : 1
    if rows > 1 {
      rows = max(1, min(rows, budget / bytes))
      budget -= (rows - 1) * bytes
    }
    for _ in 0..<rows {
      sink.lineBreak()
      for (text, copies) in texts { write(text, copies, to: sink, budget: &budget) }
      sink.lineBreak()
    }
  }

  private func write(_ text: String, _ copies: Int, to sink: TextSink, budget: inout Int) {
    guard !text.isEmpty else {
      for _ in 0..<min(copies, 32) { sink.tab() }
      return
    }
    var count = copies <= Self.mostCells ? copies : 1
    if count > 1 {
      count = max(1, min(count, budget / text.utf8.count))
      budget -= (count - 1) * text.utf8.count
    }
    for _ in 0..<count {
      sink.flow(text)
      sink.tab()
    }
  }

  private static func count(_ attribute: String?) -> Int { max(1, attribute.flatMap { Int($0) } ?? 1) }
}
