/// The form of a listing.
enum OutputFormat: String, CaseIterable {
  /// Aligned columns for people.
  case table
  /// One JSON document.
  case json

  /// The option that every listing takes.
  static let option = Option.value(
    "-o", "--output", as: "FORMAT", help: "table (default) or json", completion: .oneOf(["table", "json"]))

  /// What was asked for.
  static func of(_ arguments: ParsedArguments) throws -> OutputFormat {
    try arguments.choice("--output", as: OutputFormat.self) ?? .table
  }
}
