/// What `pdfinfo` says about a PDF.
struct PDFFacts: Sendable, Hashable {
  var title: String?
  var author: String?
  var created: String?
  var pages: Int?

  /// Reads its lines, of which the first of each name counts.
  init(_ output: String) {
    for line in output.split(separator: "\n") {
      guard let colon = line.firstIndex(of: ":") else { continue }
      let value = line[line.index(after: colon)...].trimmed(of: " \t\r")
      guard !value.isEmpty else { continue }
      switch line[..<colon] {
      case "Title": title = title ?? value
      case "Author": author = author ?? value
      case "CreationDate": created = created ?? value
      case "Pages": pages = pages ?? Int(value)
      default: break
      }
    }
  }
}
