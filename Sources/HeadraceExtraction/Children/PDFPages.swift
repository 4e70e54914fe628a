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
    let valid = UTF8Check(output).isValid ? output : Array(String(decoding: output, as: UTF8.self).utf8)
    utf8 = Self.withoutEmbeddings(valid)
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

  /// Without the signs U+202A to U+202E that pdftotext puts around each piece of text that runs from right to left: the words
  /// are in the order in which they are read anyway, and no search finds a sentence with such signs in it.
  private static func withoutEmbeddings(_ utf8: [UInt8]) -> [UInt8] {
    func isEmbedding(_ index: Int) -> Bool {
      utf8[index] == 0xe2 && index + 2 < utf8.count && utf8[index + 1] == 0x80
        && (0xaa...0xae).contains(utf8[index + 2])
    }
    guard utf8.indices.contains(where: isEmbedding) else { return utf8 }
    var result: [UInt8] = []
    result.reserveCapacity(utf8.count)
    var index = 0
    while index < utf8.count {
      if isEmbedding(index) {
        index += 3
      } else {
        result.append(utf8[index])
        index += 1
      }
    }
    return result
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
