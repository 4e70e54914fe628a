/// Asks before something is destroyed.
enum Confirmation {
  /// Says `what`, and goes on only with `--yes` or a typed "yes" on a terminal.
  static func ask(_ what: String, _ arguments: ParsedArguments) throws {
    if arguments.has("--yes") { return }
    Terminal.note(what)
    guard Terminal.isInputTerminal else {
      Terminal.note("Nothing was done; say --yes to do it.")
      throw ExitCode.failure
    }
    Terminal.note("Type yes to do it:")
    guard readLine(strippingNewline: true) == "yes" else {
      Terminal.note("Nothing was done.")
      throw ExitCode.failure
    }
  }
}
