import HeadraceCore

/// What was said on the command line, by the names that the command gave it.
struct ParsedArguments: Sendable {
  /// The words from the root to the verb, e.g. `["headrace", "topics", "list"]`.
  var path: [String]
  var values: [String: [String]] = [:]
  var flags: Set<String> = []
  var positionals: [String: [String]] = [:]

  /// Whether the flag was given.
  func has(_ flag: String) -> Bool { flags.contains(flag) }

  /// The value of an option, the last one when it was repeated.
  func string(_ option: String) -> String? { values[option]?.last }

  /// All values of an option.
  func strings(_ option: String) -> [String] { values[option] ?? [] }

  /// The value of an option as a whole number in `range`.
  func int(_ option: String, in range: ClosedRange<Int> = Int.min...Int.max) throws -> Int? {
    guard let text = string(option) else { return nil }
    guard let value = Int(text), range.contains(value) else {
      throw UsageError("\(option) takes a whole number\(Self.bounds(range)), not \"\(text)\"", path: path)
    }
    return value
  }

  /// The value of an option as a number.
  func double(_ option: String) throws -> Double? {
    guard let text = string(option) else { return nil }
    guard let value = Double(text), value.isFinite else {
      throw UsageError("\(option) takes a number, not \"\(text)\"", path: path)
    }
    return value
  }

  /// The value of an option as a number of bytes, with or without unit.
  func bytes(_ option: String) throws -> Int? {
    guard let text = string(option) else { return nil }
    guard let size = ByteSize(text) else {
      throw UsageError("\(option) takes a number of bytes such as 4096, 64KiB or 1GiB, not \"\(text)\"", path: path)
    }
    return size.bytes
  }

  /// The value of an option as one of a closed set of words.
  func choice<Choice: RawRepresentable & CaseIterable>(_ option: String, as type: Choice.Type) throws -> Choice?
  where Choice.RawValue == String {
    guard let text = string(option) else { return nil }
    guard let value = Choice(rawValue: text) else {
      let words = Choice.allCases.map(\.rawValue).joined(separator: ", ")
      throw UsageError("\(option) takes one of \(words), not \"\(text)\"", path: path)
    }
    return value
  }

  /// The values of an option as `key=value` pairs.
  func pairs(_ option: String) throws -> [(key: String, value: String)] {
    try strings(option).map { text in
      guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
        throw UsageError("\(option) takes key=value, not \"\(text)\"", path: path)
      }
      return (String(text[..<equals]), String(text[text.index(after: equals)...]))
    }
  }

  /// The argument of that name; it must not be an optional one.
  func argument(_ name: String) -> String {
    guard let value = positionals[name]?.first else { preconditionFailure("\(name) is not an argument") }
    return value
  }

  /// The argument of that name, when it was given.
  func optionalArgument(_ name: String) -> String? { positionals[name]?.first }

  /// All that a repeating argument took.
  func arguments(_ name: String) -> [String] { positionals[name] ?? [] }

  /// An error in what was said, for this command.
  func usageError(_ message: String) -> UsageError { UsageError(message, path: path) }

  private static func bounds(_ range: ClosedRange<Int>) -> String {
    switch (range.lowerBound, range.upperBound) {
    case (Int.min, Int.max): ""
    case (_, Int.max): " of at least \(range.lowerBound)"
    case (Int.min, _): " of at most \(range.upperBound)"
    default: " from \(range.lowerBound) to \(range.upperBound)"
    }
  }
}
