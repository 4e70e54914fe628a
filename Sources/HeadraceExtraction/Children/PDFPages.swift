/// pdftotext's output, and where its pages are in it.
struct PDFPages: Sendable {
  /// The text; a line feed stands where a page ended.
  private(set) var utf8: [UInt8]
  private(set) var scalars = 0
  private(set) var positions: [TextPosition] = []
  /// The pages printed, empty ones too.
  private(set) var pages = 0

  /// Takes the output, with a form feed after each page.
  init(_ output: [UInt8]) {
    utf8 = UTF8Check(output).isValid ? output : Array(String(decoding: output, as: UTF8.self).utf8)
    var start = 0
    for index in utf8.indices {
      let byte = utf8[index]
      if byte == 0x0c {
        utf8[index] = 0x0a
        scalars += 1
        endPage(from: start)
        start = scalars
      } else if byte & 0xc0 != 0x80 {
        scalars += 1
      }
    }
    if start < scalars { endPage(from: start) }
  }

  private mutating func endPage(from start: Int) {
    pages += 1
    if scalars > start {
      positions.append(TextPosition(kind: .page, number: pages, start: start, end: scalars))
    }
  }

  /// How many letters there are, counted no further than `limit`.
  func letters(atMost limit: Int) -> Int {
    var count = 0
    for scalar in String(decoding: utf8, as: UTF8.self).unicodeScalars where scalar.properties.isAlphabetic {
      count += 1
      if count >= limit { break }
    }
    return count
  }
}
