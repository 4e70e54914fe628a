/// The help page of a command.
enum HelpText {
  static func page(_ command: Command, path: [String], common: [Option]) -> String {
    var text = "\(command.summary)\n"
    if !command.discussion.isEmpty { text += "\n\(command.discussion)\n" }
    text += "\nUsage: \(usage(command, path: path))\n"
    if !command.subcommands.isEmpty {
      text += "\nCommands:\n" + rows(command.subcommands.map { ($0.name, $0.summary) })
    }
    if !command.arguments.isEmpty {
      text += "\nArguments:\n" + rows(command.arguments.map { ($0.name, $0.help) })
    }
    if !command.options.isEmpty { text += "\nOptions:\n" + rows(command.options.map(row)) }
    if command.run != nil {
      text += "\nCommon options:\n" + rows(common.map(row) + [("-h, --help", "this page")])
    } else if path.count == 1 {
      text += "\nOptions:\n"
      text += rows([
        ("--version", "the version"),
        ("--generate-completion-script bash|zsh|fish", "a script that completes commands and options in that shell"),
      ])
    }
    return text
  }

  private static func usage(_ command: Command, path: [String]) -> String {
    var words = path
    if !command.subcommands.isEmpty { words.append("COMMAND") }
    if !command.options.isEmpty { words.append("[options]") }
    for argument in command.arguments {
      let name = argument.name + (argument.repeats ? "…" : "")
      words.append(argument.isOptional ? "[\(name)]" : name)
    }
    return words.joined(separator: " ")
  }

  private static func row(_ option: Option) -> (String, String) {
    let names = option.names.joined(separator: ", ")
    return (names + (option.value.map { " \($0)" } ?? ""), option.help + (option.repeats ? " (may be repeated)" : ""))
  }

  private static func rows(_ rows: [(String, String)]) -> String {
    let width = min(34, rows.map(\.0.count).max() ?? 0)
    return rows.map { left, right in
      left.count > width
        ? "  \(left)\n  \(String(repeating: " ", count: width))  \(right)\n"
        : "  \(left)\(String(repeating: " ", count: width - left.count))  \(right)\n"
    }.joined()
  }
}
