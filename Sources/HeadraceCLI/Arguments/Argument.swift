/// Something that is said by its place.
struct Argument: Sendable {
  /// What it stands for in the help, e.g. `TOPIC`.
  var name: String
  /// One line of help.
  var help: String
  /// Whether it may be left out.
  var isOptional = false
  /// Whether it takes all that follows.
  var repeats = false
  /// What a shell offers.
  var completion = Option.Completion.nothing
}
