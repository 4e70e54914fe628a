import Glibc

/// What stands at the ends of standard input and standard error.
enum Terminal {
  /// Whether standard error is a terminal: progress is shown only then.
  static let isErrorTerminal = isatty(STDERR_FILENO) == 1
  /// Whether standard input is a terminal: questions are asked only then.
  static let isInputTerminal = isatty(STDIN_FILENO) == 1

  /// Writes a line to standard error.
  static func note(_ text: String) { write(STDERR_FILENO, Array("\(text)\n".utf8)) }

  /// Writes all of `bytes`, however many writes it takes.
  ///
  /// - Returns: False when the other end has gone.
  @discardableResult
  static func write(_ descriptor: Int32, _ bytes: [UInt8]) -> Bool {
    bytes.withUnsafeBytes { buffer in
      var rest = buffer[...]
      while !rest.isEmpty {
        let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        if count < 0 {
          if errno == EINTR { continue }
          return false
        }
        rest = rest.dropFirst(count)
      }
      return true
    }
  }
}
