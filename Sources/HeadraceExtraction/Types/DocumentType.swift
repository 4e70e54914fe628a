/// What a document is, as far as extraction cares: its format.
///
/// The raw value is the short word of events, tables and the command line (`pdf`, `docx`, …).
public enum DocumentType: String, Sendable, Hashable, CaseIterable, Codable {
  case text = "txt"
  case markdown = "md"
  case csv
  case json
  case xml
  case html
  case mail = "eml"
  case pdf
  case word = "docx"
  case spreadsheet = "xlsx"
  case presentation = "pptx"
  case openDocumentText = "odt"
  case openDocumentSpreadsheet = "ods"
  case openDocumentPresentation = "odp"
  case epub
  case rtf
  /// A picture: refused, unless optical recognition is switched on.
  case image

  /// The media type that events carry as `contentType`.
  public var mediaType: String {
    switch self {
    case .text: "text/plain"
    case .markdown: "text/markdown"
    case .csv: "text/csv"
    case .json: "application/json"
    case .xml: "application/xml"
    case .html: "text/html"
    case .mail: "message/rfc822"
    case .pdf: "application/pdf"
    case .word: "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    case .spreadsheet: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    case .presentation: "application/vnd.openxmlformats-officedocument.presentationml.presentation"
    case .openDocumentText: "application/vnd.oasis.opendocument.text"
    case .openDocumentSpreadsheet: "application/vnd.oasis.opendocument.spreadsheet"
    case .openDocumentPresentation: "application/vnd.oasis.opendocument.presentation"
    case .epub: "application/epub+zip"
    case .rtf: "application/rtf"
    case .image: "image/*"
    }
  }

  /// Whether the document is text in some encoding: decoded by us before anything else looks at it.
  package var isText: Bool {
    switch self {
    case .text, .markdown, .csv, .json, .xml, .html: true
    // Mail mixes encodings part by part: its reader gets the bytes as they are.
    default: false
    }
  }

  /// Whether the document is a zip file.
  package var isZip: Bool {
    switch self {
    case .word, .spreadsheet, .presentation, .epub: true
    case .openDocumentText, .openDocumentSpreadsheet, .openDocumentPresentation: true
    default: false
    }
  }

  /// Whether the decoded text is the result: no reader of a format is needed.
  package var isReadAsIs: Bool { isText && self != .html }
}
