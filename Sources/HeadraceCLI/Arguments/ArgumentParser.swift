import HeadraceCore

/// Reads a command line against a tree of commands: the conventions of GNU's tools. `--name value`, `--name=value`,
/// `-n value`, `-nvalue`, clustered flags (`-ab`), `--` before what only looks like an option.
struct ArgumentParser {
  /// What to do.
  enum Outcome {
    case run(Command, ParsedArguments)
    case help(Command, path: [String])
    case version
    case completionScript(String)
  }

  let root: Command
  /// Options that every command takes.
  let common: [Option]

  /// Reads `words` (without the program's own name).
  func parse(_ words: [String]) throws(UsageError) -> Outcome {
    var command = root
    var path = [root.name]
    var rest = words[...]
    while !command.subcommands.isEmpty {
      guard let word = rest.first else { return .help(command, path: path) }
      rest = rest.dropFirst()
      if word == "--help" || word == "-h" { return .help(command, path: path) }
      if word == "help" { return try help(on: rest, below: command, path: path) }
      if path.count == 1 {
        if word == "--version" { return .version }
        if word == "--generate-completion-script" { return .completionScript(rest.first ?? "") }
      }
      command = try subcommand(word, of: command, path: path)
      path.append(word)
    }
    return try parseVerb(command, path: path, rest)
  }

  /// `help COMMAND SUBCOMMAND`: the page of the command that the words lead to.
  private func help(
    on words: ArraySlice<String>, below command: Command, path: [String]
  ) throws(UsageError) -> Outcome {
    var command = command
    var path = path
    for word in words where !["--help", "-h", "help"].contains(word) {
      command = try subcommand(word, of: command, path: path)
      path.append(word)
    }
    return .help(command, path: path)
  }

  private func subcommand(_ word: String, of command: Command, path: [String]) throws(UsageError) -> Command {
    if let next = command.subcommands.first(where: { $0.name == word }) { return next }
    let names = command.subcommands.map(\.name)
    guard !names.isEmpty else { throw UsageError("\"\(word)\" is one word too many", path: path) }
    let hint = NearestName.suggestion(for: word, among: names)
    throw UsageError("there is no command \"\(word)\"\(hint); known are \(names.joined(separator: ", "))", path: path)
  }

  private func parseVerb(
    _ command: Command, path: [String], _ words: ArraySlice<String>
  ) throws(UsageError) -> Outcome {
    var parsed = ParsedArguments(path: path)
    var plain: [String] = []
    var rest = words
    let options = command.options + common
    func find(_ name: String) throws(UsageError) -> Option {
      if let option = options.first(where: { $0.names.contains(name) }) { return option }
      let hint = NearestName.suggestion(for: name, among: options.flatMap(\.names))
      throw UsageError("there is no option \(name)\(hint)", path: path)
    }
    func take(_ option: Option, _ name: String, attached: String?) throws(UsageError) {
      guard option.value != nil else {
        guard attached == nil else { throw UsageError("\(name) takes no value", path: path) }
        parsed.flags.insert(option.key)
        return
      }
      guard var value = attached ?? rest.popFirst() else {
        throw UsageError("\(name) needs a value: \(name) \(option.value ?? "")", path: path)
      }
      if option.leading.contains(value), let next = rest.popFirst() { value += "=" + next }
      if !option.repeats, parsed.values[option.key] != nil {
        throw UsageError("\(name) was given twice", path: path)
      }
      parsed.values[option.key, default: []].append(value)
    }
    while let word = rest.popFirst() {
      if word == "--" {
        plain += rest
        break
      } else if word == "--help" || word == "-h" && !options.contains(where: { $0.names.contains("-h") }) {
        return .help(command, path: path)
      } else if word.hasPrefix("--") {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0])
        try take(try find(name), name, attached: parts.count == 2 ? String(parts[1]) : nil)
      } else if word.hasPrefix("-"), word.count > 1 {
        var letters = word.dropFirst()
        while let letter = letters.popFirst() {
          let name = "-\(letter)"
          let option = try find(name)
          let attached = option.value != nil && !letters.isEmpty ? String(letters) : nil
          if attached != nil { letters = "" }
          try take(option, name, attached: attached)
        }
      } else {
        plain.append(word)
      }
    }
    try place(plain, of: command, into: &parsed)
    return .run(command, parsed)
  }

  private func place(
    _ words: [String], of command: Command, into parsed: inout ParsedArguments
  ) throws(UsageError) {
    var rest = words[...]
    for argument in command.arguments {
      if argument.repeats {
        parsed.positionals[argument.name] = Array(rest)
        if rest.isEmpty, !argument.isOptional {
          throw UsageError("\(argument.name) is missing: \(argument.help)", path: parsed.path)
        }
        rest = []
      } else if let word = rest.popFirst() {
        parsed.positionals[argument.name] = [word]
      } else if !argument.isOptional {
        throw UsageError("\(argument.name) is missing: \(argument.help)", path: parsed.path)
      }
    }
    if let extra = rest.first { throw UsageError("\"\(extra)\" is one word too many", path: parsed.path) }
  }
}
