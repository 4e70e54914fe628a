internal import HeadraceExtraction

/// DOCX: the main part, then notes, comments, headers and footers.
struct WordFormat: FormatReader {
  func read(_ input: FormatInput, into sink: TextSink) throws {
    var package = try OfficePackage(input)
    let relations = try package.relations(of: package.main)
    let headings = try WordHeadings(&package, relations)
    try package.facts(into: sink, pages: "Pages")
    guard let main = try package.events(package.main) else {
      throw FormatFault.corrupt("Its main part \(package.main) is missing.")
    }
    var story = WordStory(sink, headings: headings)
    try story.read(main)
    try OfficeDrawings.read(of: package.main, in: &package, into: sink)
    sink.end(.section)
    var seen: Set<String> = []
    for kind in ["footnotes", "endnotes", "comments", "header", "footer"] {
      for relation in relations where relation.kind == kind && seen.insert(relation.target).inserted {
        guard let part = try package.events(relation.target) else { continue }
        sink.paragraphBreak()
        if kind == "header" || kind == "footer" {
          // First, even and odd pages often have the same.
          let text = try Self.text(of: part)
          if seen.insert("\u{0}" + text).inserted { sink.write(text) }
        } else {
          var story = WordStory(sink, headings: WordHeadings())
          try story.read(part)
        }
      }
    }
  }

  /// The text of a small part, by itself.
  private static func text(of part: XMLEvents) throws -> String {
    var frames = FrameDecoder(maximumText: 1 << 20)
    let inner = unsafe TextSink { _ = unsafe frames.feed($0) }
    var story = WordStory(inner, headings: WordHeadings())
    try story.read(part)
    inner.finish()
    return String(decoding: frames.content.text, as: UTF8.self)
  }
}
