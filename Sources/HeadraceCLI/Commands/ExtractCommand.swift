import HeadraceExtraction
import HeadraceServices

/// `headrace extract`: the text of files, without any broker.
enum ExtractCommand {
  static let command = Command.verb(
    "extract", "Print the text of documents, as a model would read it.",
    discussion:
      "Exit code 1 when a file has no text; the reason is on standard error (with -o json in the object). With several files they follow each other.",
    options: [
      .value("--charset", as: "NAME", help: "the encoding, when you know it"),
      .value("--language", as: "TAG", help: "the language (BCP 47), when you know it"),
      .value("--type", as: "MEDIA/TYPE", help: "the type that the sender declared"),
      .value(
        "-o", "--output", as: "FORMAT", help: "text (default) or json, one object a line",
        completion: .oneOf(["text", "json"])),
    ],
    arguments: [Argument(name: "FILE", help: "a document", repeats: true, completion: .files)], run: run)

  private static func run(_ arguments: ParsedArguments) async throws {
    let format = arguments.string("--output") ?? "text"
    guard ["text", "json"].contains(format) else {
      throw arguments.usageError("--output takes text or json, not \"\(format)\"")
    }
    let extractor = Extractor(configuration: try CommonOptions.configuration(arguments).extraction())
    var allWell = true
    for file in arguments.arguments("FILE") {
      let report = try await ExtractionReport.make(
        file: file, extractor: extractor, declaredType: arguments.string("--type"),
        charset: arguments.string("--charset"), language: arguments.string("--language"))
      if format == "json" {
        try StandardOutput.print(report.json)
      } else if let text = report.text {
        try StandardOutput.print(text)
      }
      if let complaint = report.complaint {
        Terminal.note(complaint)
        allWell = false
      }
    }
    if !allWell { throw ExitCode.failure }
  }
}
