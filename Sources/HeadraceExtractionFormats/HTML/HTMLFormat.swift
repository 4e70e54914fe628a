internal import HeadraceExtraction

/// HTML and XHTML. The extractor has decoded it: it is UTF-8 here.
struct HTMLFormat: FormatReader {
  func read(_ input: FormatInput, into sink: TextSink) throws {
    let text = HTMLText(sink, keepsTitle: true)
    try unsafe text.parse(input.document.buffer)
    sink.fact("title", text.title)
    sink.fact("author", text.author)
  }
}
