/// A command of the tree: a noun with verbs below it, or a verb that runs.
struct Command: Sendable {
  /// How it is called, e.g. `topics`.
  var name: String
  /// One line for the list of commands.
  var summary: String
  /// More, for its own help page.
  var discussion = ""
  /// What may be said by `--name`.
  var options: [Option] = []
  /// What is said by place, in order; the last may repeat.
  var arguments: [Argument] = []
  /// The verbs below it.
  var subcommands: [Command] = []
  /// What it does; nil for a noun.
  var run: (@Sendable (ParsedArguments) async throws -> Void)?

  /// A verb.
  static func verb(
    _ name: String, _ summary: String, discussion: String = "", options: [Option] = [], arguments: [Argument] = [],
    run: @escaping @Sendable (ParsedArguments) async throws -> Void
  ) -> Command {
    Command(
      name: name, summary: summary, discussion: discussion, options: options, arguments: arguments, run: run)
  }

  /// A noun with its verbs.
  static func noun(_ name: String, _ summary: String, _ subcommands: [Command]) -> Command {
    Command(name: name, summary: summary, subcommands: subcommands)
  }
}
