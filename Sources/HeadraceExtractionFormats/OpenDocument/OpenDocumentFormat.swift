internal import HeadraceExtraction

/// ODT, ODS, ODP: all text of `content.xml`, but for what was deleted.
struct OpenDocumentFormat: FormatReader {
  func read(_ input: FormatInput, into sink: TextSink) throws {
    var zip = try input.zip()
    try refuseEncrypted(&zip)
    try facts(&zip, into: sink)
    guard let content = try zip.part("content.xml") else { throw FormatFault.corrupt("It has no content.xml.") }
    var story = OpenDocumentStory(sink)
    try story.read(XMLEvents(content, part: "content.xml"))
    if story.pages > 0 { sink.fact("pages", "\(story.pages)") }
  }

  private func refuseEncrypted(_ zip: inout ZipReader<MappedBytes>) throws {
    let locked = FormatFault(reason: .encrypted, detail: "It is locked with a password. Save it without one.")
    if zip.directory["encrypted-package"] != nil { throw locked }
    guard let manifest = try zip.part("META-INF/manifest.xml") else { return }
    for tag in TagScanner(manifest) where tag.name == "encryption-data" { throw locked }
  }

  private func facts(_ zip: inout ZipReader<MappedBytes>, into sink: TextSink) throws {
    guard let part = try? zip.part("meta.xml"), let xml = try? XMLEvents(part, part: "meta.xml") else { return }
    var author: String?
    var firstAuthor: String?
    while let event = try? xml.next() {
      guard case .start(let name, let isEmpty) = event else { continue }
      switch name {
      case "title": sink.fact("title", try? xml.textOfElement(isEmpty: isEmpty))
      case "creator": author = try? xml.textOfElement(isEmpty: isEmpty)
      case "initial-creator": firstAuthor = try? xml.textOfElement(isEmpty: isEmpty)
      case "creation-date": sink.fact("created", try? xml.textOfElement(isEmpty: isEmpty))
      case "document-statistic": sink.fact("pages", xml["page-count"])
      default: break
      }
    }
    sink.fact("author", firstAuthor ?? author)
  }
}
