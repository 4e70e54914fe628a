/// Shell scripts that complete commands, options and closed sets of values.
enum CompletionScript {
  /// The script for `shell` (`bash`, `zsh` or `fish`); nil for any other.
  static func script(for shell: String, root: Command, common: [Option]) -> String? {
    switch shell {
    case "bash": bash(root, common)
    case "zsh": "#compdef \(root.name)\nautoload -U +X bashcompinit && bashcompinit\n" + bash(root, common)
    case "fish": fish(root, common)
    default: nil
    }
  }

  private static func walk(_ command: Command, _ path: [String], _ visit: (Command, [String]) -> Void) {
    visit(command, path)
    for next in command.subcommands { walk(next, path + [next.name], visit) }
  }

  private static func bash(_ root: Command, _ common: [Option]) -> String {
    var words = ""
    var values = ""
    walk(root, []) { command, path in
      let options = command.run == nil ? [] : command.options + common
      let offered = command.subcommands.map(\.name) + options.flatMap(\.names)
      words += "    \"\(path.joined(separator: " "))\") words=\"\(offered.joined(separator: " "))\" ;;\n"
      for option in options {
        guard case .oneOf(let choices) = option.completion else { continue }
        for name in option.names {
          values +=
            "    \"\((path + [name]).joined(separator: " "))\") words=\"\(choices.joined(separator: " "))\" ;;\n"
        }
      }
    }
    return """
      _\(root.name)() {
        local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}" path="" words="" i
        for ((i = 1; i < COMP_CWORD; i++)); do
          [[ "${COMP_WORDS[i]}" == -* ]] && break
          path+="${path:+ }${COMP_WORDS[i]}"
        done
        case "$path $previous" in
      \(values)    *) ;;
        esac
        if [[ -z "$words" ]]; then
          case "$path" in
      \(words)    *) ;;
          esac
        fi
        COMPREPLY=($(compgen -W "$words" -- "$current"))
        if [[ ${#COMPREPLY[@]} -eq 0 ]]; then COMPREPLY=($(compgen -f -- "$current")); fi
      }
      complete -F _\(root.name) \(root.name)

      """
  }

  private static func fish(_ root: Command, _ common: [Option]) -> String {
    var script = "complete -c \(root.name) -f\n"
    walk(root, []) { command, path in
      let seen = path.map { "__fish_seen_subcommand_from \($0)" }.joined(separator: "; and ")
      let next = command.subcommands.map(\.name).joined(separator: " ")
      for subcommand in command.subcommands {
        let condition = path.isEmpty ? "__fish_use_subcommand" : "\(seen); and not __fish_seen_subcommand_from \(next)"
        script +=
          "complete -c \(root.name) -n '\(condition)' -a \(subcommand.name) -d '\(quoted(subcommand.summary))'\n"
      }
      guard command.run != nil else { return }
      for option in command.options + common {
        script += "complete -c \(root.name) -n '\(seen)'"
        for name in option.names {
          script += name.hasPrefix("--") ? " -l \(name.dropFirst(2))" : " -s \(name.dropFirst())"
        }
        if option.value != nil { script += " -r" }
        switch option.completion {
        case .files: script += " -F"
        case .oneOf(let choices): script += " -a '\(choices.joined(separator: " "))'"
        case .nothing: break
        }
        script += " -d '\(quoted(option.help))'\n"
      }
    }
    return script
  }

  private static func quoted(_ text: String) -> String {
    text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "\\'")
  }
}
