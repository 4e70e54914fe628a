/// Which rule decided a document's type. Stable words: they travel in events.
public enum TypeRule: String, Sendable, Hashable, CaseIterable, Codable {
  /// The bytes carry the signature of a format; they win over name and declared type.
  case signature
  /// A zip file: its central directory and the parts it names decided.
  case zipDirectory = "zip-directory"
  /// Text, and the declared type says which kind.
  case declared
  /// Text, and the name's extension says which kind.
  case name
  /// Text that begins as HTML begins.
  case htmlStart = "html-start"
  /// Text that begins with the headers of a mail.
  case mailHeaders = "mail-headers"
  /// Text of which nothing else is known.
  case text
  /// Bytes that are no text and carry no signature that is known.
  case unknown
}
