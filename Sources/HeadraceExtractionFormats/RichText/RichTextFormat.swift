internal import HeadraceExtraction

/// RTF, by a reader of our own: no tool of the distribution gets the code pages right.
struct RichTextFormat: FormatReader {
  func read(_ input: FormatInput, into sink: TextSink) throws {
    var reader = RichTextReader(sink)
    try reader.read(input.document.bytes(at: 0, count: input.document.count))
  }
}
