internal import HeadraceCore

/// What a model is asked about a document: texts with places for what varies, and the schema of the answer.
///
/// A prompt never changes under its version: a change is a new version, so that provenance and journal tell answers apart.
/// The texts are written for models of 0.5 to 1.5 billion parameters: a short system text, the document between triple
/// quotes, the instruction after it, and no options or counts in prose; those are in the schema.
struct DocumentPrompt: Sendable {
  /// A stable name.
  var id: String
  var version: String
  var system: String
  /// The user's message, with `{name}` and `{text}`.
  var template: String
  /// The schema's name, for providers that want one.
  var schemaName: String
  var schema: JSONValue
  /// Above what the longest answer by the schema takes.
  var maximumOutputTokens: Int

  /// All that makes the prompt what it is, for its hash.
  var wholeTemplate: String { "\(system)\n\n\(template)\n\n\(schema.text)" }

  /// The user's message about this text.
  func message(name: String, text: String) -> String {
    // A document that holds triple quotes must not end its own quotation.
    let quoted = text.split(separator: "\"\"\"", omittingEmptySubsequences: false).joined(separator: "'''")
    let oneLine = name.split(whereSeparator: \.isNewline).joined(separator: " ")
    // The places are filled in one pass, so that a text which holds `{name}` stays as it is.
    var message = ""
    var rest = template[...]
    while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
      message += rest[..<open]
      switch rest[rest.index(after: open)..<close] {
      case "name": message += oneLine
      case "text": message += quoted
      default: message += rest[open...close]
      }
      rest = rest[rest.index(after: close)...]
    }
    return message + rest
  }
}
