/// What is said about a document by others.
struct DocumentHints: Sendable {
  var name: String?
  var declaredType: String?
  var charset: String?
  var language: String?

  /// The encoding declared: by itself, else as a parameter of the type.
  var declaredCharset: String? {
    if let charset, !charset.isEmpty { return charset }
    return declaredType.flatMap { MediaTypes.split($0).charset }
  }

  /// The language declared, when one was.
  var declaredLanguage: String? {
    guard let language else { return nil }
    let tag = language.trimmed(of: " \t\r\n")
    return tag.isEmpty || tag.utf8.count > 35 ? nil : tag
  }
}
