/// The command line can't be understood: exit code 2.
struct UsageError: Error, CustomStringConvertible {
  var message: String
  /// The words from the root to the command that was meant.
  var path: [String]

  init(_ message: String, path: [String]) {
    self.message = message
    self.path = path
  }

  var description: String {
    let command = path.joined(separator: " ")
    return "\(command): \(message)\nTry '\(command) --help'."
  }
}
