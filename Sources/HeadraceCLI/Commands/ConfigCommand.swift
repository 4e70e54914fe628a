import HeadraceCore
import HeadraceServices

/// `headrace config`: what is in force, and what can be said.
enum ConfigCommand {
  static let command = Command.noun(
    "config", "Show the settings in force, or all there are.",
    [
      .verb(
        "show", "Print what is in force and where each value came from.", options: [OutputFormat.option],
        run: show),
      .verb("keys", "Print every setting: type, default and reason.", options: [OutputFormat.option], run: keys),
    ])

  private static func show(_ arguments: ParsedArguments) async throws {
    let configuration = try CommonOptions.configuration(arguments)
    switch try OutputFormat.of(arguments) {
    case .json:
      try StandardOutput.print(
        json: .object(
          ConfigurationKey.all.compactMap { key in
            configuration[key].map { setting in
              .init(
                key.name,
                [
                  "value": key.isSecret ? .string("(secret)") : setting.value,
                  "origin": .string(setting.origin.description),
                ])
            }
          }))
    case .table:
      var table = Table("setting", "value", "from")
      for key in ConfigurationKey.all {
        guard let setting = configuration[key] else { continue }
        table.add(key.name, configuration.shown(key), setting.origin.description)
      }
      try StandardOutput.print(table.text)
    }
  }

  private static func keys(_ arguments: ParsedArguments) async throws {
    switch try OutputFormat.of(arguments) {
    case .json:
      try StandardOutput.print(
        json: .array(
          ConfigurationKey.all.map { key in
            [
              "name": .string(key.name), "type": .string(key.kindText),
              "default": key.defaultText.map { .string($0) } ?? .null,
              "environment": .string(key.environmentVariable), "explanation": .string(key.explanation),
            ]
          }))
    case .table:
      for key in ConfigurationKey.all {
        let standard = key.defaultText.map { " = \($0)" } ?? ""
        try StandardOutput.print("\(key.name)\(standard)\n    \(key.kindText); \(key.environmentVariable)")
        try StandardOutput.print("    \(key.explanation)")
      }
    }
  }
}
