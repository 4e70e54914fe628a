internal import HeadraceExtraction

/// EPUB: the chapters in the order of the spine, each by the HTML reader.
struct BookFormat: FormatReader {
  func read(_ input: FormatInput, into sink: TextSink) throws {
    var zip = try input.zip()
    guard let container = try zip.part("META-INF/container.xml") else {
      throw FormatFault.corrupt("It has no META-INF/container.xml.")
    }
    var root: String?
    for tag in TagScanner(container) where tag.name == "rootfile" && root == nil { root = tag["full-path"] }
    guard let root, let package = try zip.part(root) else {
      throw FormatFault.corrupt("It does not say where its package document is.")
    }
    let book = try BookPackage(package, name: root)
    try refuseEncrypted(&zip, book)
    sink.fact("title", book.title)
    sink.fact("author", book.author)
    sink.fact("created", book.created)
    var sections = 0
    var found = 0
    for (index, chapter) in book.chapters.enumerated() {
      guard let bytes = try zip.part(chapter) else { continue }
      found += 1
      sections = try Self.chapter(bytes, number: index + 1, sections: sections, into: sink)
    }
    guard found > 0 else { throw FormatFault.corrupt("None of its chapters is in it.") }
  }

  private static func chapter(_ bytes: [UInt8], number: Int, sections: Int, into sink: TextSink) throws -> Int {
    let decoded = try? TextDecoder.decode(bytes, declared: nil, own: .xml)
    let utf8 = decoded?.utf8 ?? bytes
    sink.paragraphBreak()
    sink.begin(.chapter, number, label: title(of: utf8) ?? "")
    let text = HTMLText(sink, keepsTitle: false)
    text.sections = sections
    try unsafe utf8.withUnsafeBytes { try unsafe text.parse($0) }
    sink.end(.section)
    sink.end(.chapter)
    return text.sections
  }

  /// What stands in the first `title`, for the label: the text is read later.
  private static func title(of utf8: [UInt8]) -> String? {
    let head = String(decoding: utf8.prefix(8192), as: UTF8.self)
    guard let open = head.firstRange(of: "<title"), let start = head[open.upperBound...].firstIndex(of: ">"),
      let end = head[start...].firstRange(of: "</title")
    else { return nil }
    let title = head[head.index(after: start)..<end.lowerBound]
    return title.contains("&") ? nil : String(title.prefix(200))
  }

  /// Chapters under copy protection cannot be read; fonts are often scrambled and do not matter.
  private func refuseEncrypted(_ zip: inout ZipReader<MappedBytes>, _ book: BookPackage) throws {
    guard let encryption = try zip.part("META-INF/encryption.xml") else { return }
    let chapters = Set(book.chapters)
    for tag in TagScanner(encryption) where tag.name == "CipherReference" {
      if let target = tag["URI"], chapters.contains(BookPackage.unescaped(target)) {
        throw FormatFault(reason: .encrypted, detail: "Its chapters are under copy protection.")
      }
    }
  }
}
