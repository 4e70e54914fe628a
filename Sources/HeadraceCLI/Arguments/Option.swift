/// Something that may be said by name: a flag (`--yes`) or an option with a value (`--port 8080`).
struct Option: Sendable {
  /// What a shell offers for the value.
  enum Completion: Sendable {
    case nothing
    case files
    case oneOf([String])
  }

  /// Its names with their dashes, the long one last, e.g. `-b`, `--bootstrap-server`.
  var names: [String]
  /// What the value stands for in the help (`HOST:PORT`); nil for a flag.
  var value: String?
  /// One line of help.
  var help: String
  /// Whether it may be given several times.
  var repeats = false
  /// What a shell offers.
  var completion = Completion.nothing
  /// Values that take the next word too: with `offset` among them, `--to offset 5` says the same as `--to offset=5`.
  var leading: Set<String> = []

  /// The name that the code asks by.
  var key: String { names[names.count - 1] }

  /// A flag.
  static func flag(_ names: String..., help: String) -> Option { Option(names: names, help: help) }

  /// An option with a value.
  static func value(
    _ names: String..., as value: String, help: String, repeats: Bool = false, completion: Completion = .nothing,
    leading: Set<String> = []
  ) -> Option {
    Option(names: names, value: value, help: help, repeats: repeats, completion: completion, leading: leading)
  }
}
