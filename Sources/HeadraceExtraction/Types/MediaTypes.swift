/// Which type a declared media type or a name's extension means.
package enum MediaTypes {
  /// A media type without parameters and in lower case, and its `charset`, if it has one.
  package static func split(_ declared: String) -> (type: String, charset: String?) {
    let parts = declared.split(separator: ";", omittingEmptySubsequences: false)
    let type = (parts.first ?? "").trimmed(of: " \t\r\n").lowercased()
    for part in parts.dropFirst() {
      let pair = part.split(separator: "=", maxSplits: 1)
      if pair.count == 2, pair[0].trimmed(of: " \t").lowercased() == "charset" {
        return (type, pair[1].trimmed(of: " \t\"'"))
      }
    }
    return (type, nil)
  }

  /// The kind of text that a media type declares; nil where it is none, or says no more than that it is text.
  package static func textType(ofMedia media: String) -> DocumentType? {
    switch media {
    case "text/html", "application/xhtml+xml": .html
    case "text/markdown", "text/x-markdown": .markdown
    case "text/csv", "application/csv", "text/tab-separated-values": .csv
    case "application/json", "text/json", "application/x-ndjson", "application/jsonl", "application/ndjson": .json
    case "application/xml", "text/xml", "image/svg+xml": .xml
    case "message/rfc822": .mail
    case _ where media.hasSuffix("+json"): .json
    case _ where media.hasSuffix("+xml"): .xml
    default: nil
    }
  }

  /// The extension of a name, in lower case; nil where there is none.
  package static func fileExtension(of name: String) -> String? {
    let last = name.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last ?? ""
    guard let dot = last.lastIndex(of: "."), dot != last.startIndex else { return nil }
    let suffix = last[last.index(after: dot)...].trimmed(of: " ").lowercased()
    return suffix.isEmpty || suffix.utf8.count > 16 ? nil : suffix
  }

  /// The kind of text that an extension means; nil where it means none. Source code is text.
  package static func textType(ofExtension suffix: String) -> DocumentType? {
    switch suffix {
    case "md", "markdown", "mdown", "mkd", "mkdn": .markdown
    case "csv", "tsv", "tab": .csv
    case "json", "jsonl", "ndjson", "geojson", "ipynb", "webmanifest", "har": .json
    case "xml", "xsd", "xsl", "xslt", "rss", "atom", "svg", "rdf", "wsdl", "kml", "gpx", "xlf", "xliff", "tei", "dbk":
      .xml
    case "html", "htm", "xhtml", "xht", "shtml": .html
    case "eml", "mht", "mhtml": .mail
    case _ where plainExtensions.contains(suffix): .text
    default: nil
    }
  }

  /// The media type that an extension means, of whatever kind; nil where nobody knows.
  package static func media(ofExtension suffix: String) -> String? {
    if let type = textType(ofExtension: suffix) { return type.mediaType }
    return otherExtensions[suffix]
  }

  private static let plainExtensions: Set<String> = [
    "txt", "text", "log", "me", "asc", "rst", "tex", "srt", "vtt", "po", "pot", "properties", "strings",
    "c", "h", "cc", "cpp", "cxx", "hpp", "hh", "m", "mm", "swift", "rs", "go", "py", "pyi", "rb", "pl", "pm", "php",
    "java",
    "kt", "kts", "scala", "cs", "fs", "vb", "js", "mjs", "cjs", "ts", "tsx", "jsx", "lua", "r", "jl", "hs", "ml", "mli",
    "ex", "exs", "erl", "clj", "lisp", "el", "sql", "sh", "bash", "zsh", "fish", "ps1", "bat", "cmd", "awk", "sed",
    "css",
    "scss", "less", "toml", "yaml", "yml", "ini", "cfg", "conf", "env", "diff", "patch", "asm", "s", "f", "f90", "pas",
    "d",
    "dart", "proto", "graphql", "tf", "mk", "cmake", "gradle", "org", "adoc", "asciidoc", "textile", "wiki", "vcf",
    "ics",
  ]

  private static let otherExtensions: [String: String] = [
    "pdf": DocumentType.pdf.mediaType, "docx": DocumentType.word.mediaType, "docm": DocumentType.word.mediaType,
    "dotx": DocumentType.word.mediaType, "xlsx": DocumentType.spreadsheet.mediaType,
    "xlsm": DocumentType.spreadsheet.mediaType, "pptx": DocumentType.presentation.mediaType,
    "pptm": DocumentType.presentation.mediaType, "ppsx": DocumentType.presentation.mediaType,
    "odt": DocumentType.openDocumentText.mediaType, "ott": DocumentType.openDocumentText.mediaType,
    "ods": DocumentType.openDocumentSpreadsheet.mediaType, "odp": DocumentType.openDocumentPresentation.mediaType,
    "epub": DocumentType.epub.mediaType, "rtf": DocumentType.rtf.mediaType,
    "doc": "application/msword", "xls": "application/vnd.ms-excel", "ppt": "application/vnd.ms-powerpoint",
    "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "tif": "image/tiff",
    "tiff": "image/tiff", "webp": "image/webp", "bmp": "image/bmp", "zip": "application/zip", "gz": "application/gzip",
    "mp3": "audio/mpeg", "mp4": "video/mp4", "wav": "audio/x-wav", "msg": "application/vnd.ms-outlook",
    "ps": "application/postscript", "exe": "application/x-dosexec",
  ]
}
