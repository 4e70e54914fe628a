import HeadraceCore

/// Reads a tree of the file member by member, and says where one is wrong, missing or unknown.
struct ConfigurationTree {
  let path: String
  let value: JSONValue

  /// The elements of a list of mappings.
  static func list(_ value: JSONValue?, _ path: String) throws(ConfigurationError) -> [ConfigurationTree] {
    guard let value, value != .null else { return [] }
    guard let elements = value.array else { throw ConfigurationError("\(path) is a list, not \(value.text)") }
    return elements.enumerated().map { ConfigurationTree(path: "\(path)[\($0.offset)]", value: $0.element) }
  }

  /// Refuses members that nobody reads.
  func allows(_ names: String...) throws(ConfigurationError) {
    guard let members = value.members else { throw ConfigurationError("\(path) is a mapping, not \(value.text)") }
    for member in members where !names.contains(member.name) {
      let hint = NearestName.suggestion(for: member.name, among: names)
      throw ConfigurationError(
        "\(path): there is no \"\(member.name)\" here\(hint); known are \(names.joined(separator: ", "))")
    }
  }

  func text(_ name: String) throws(ConfigurationError) -> String? {
    try read(name, "a text", \.string)
  }

  func required(_ name: String) throws(ConfigurationError) -> String {
    guard let text = try text(name) else { throw ConfigurationError("\(path): \(name) is missing") }
    return text
  }

  func int(_ name: String) throws(ConfigurationError) -> Int? {
    try read(name, "a whole number") { $0.int.map(Int.init) }
  }

  func number(_ name: String) throws(ConfigurationError) -> Double? { try read(name, "a number", \.double) }

  func bool(_ name: String) throws(ConfigurationError) -> Bool? { try read(name, "true or false", \.bool) }

  func texts(_ name: String) throws(ConfigurationError) -> [String]? {
    try read(name, "a list of texts") { value in
      guard let elements = value.array else { return nil }
      let texts = elements.compactMap(\.string)
      return texts.count == elements.count ? texts : nil
    }
  }

  func choice<Choice: RawRepresentable & CaseIterable>(
    _ name: String, as type: Choice.Type
  ) throws(ConfigurationError) -> Choice? where Choice.RawValue == String {
    let words = Choice.allCases.map(\.rawValue).joined(separator: ", ")
    return try read(name, "one of \(words)") { $0.string.flatMap(Choice.init(rawValue:)) }
  }

  private func read<Value>(
    _ name: String, _ kind: String, _ convert: (JSONValue) -> Value?
  ) throws(ConfigurationError) -> Value? {
    guard let member = value[name], member != .null else { return nil }
    guard let read = convert(member) else {
      throw ConfigurationError("\(path): \(name) takes \(kind), not \(member.text)")
    }
    return read
  }
}
