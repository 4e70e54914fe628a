import FoundationEssentials
import HeadraceCore

extension Configuration {
  /// Variables beginning with `HEADRACE_` that are not settings: they belong to scripts, tests and the build.
  private static let foreignVariables: Set<String> = [
    "HEADRACE_MODULES", "HEADRACE_SOAK", "HEADRACE_EXTRACT", "HEADRACE_MODEL_DIR", "HEADRACE_CONFIG",
  ]

  /// Reads the settings in force.
  ///
  /// - Parameters:
  ///   - commandLine: Values by key name, each with the option that said it.
  ///   - environment: The process's environment.
  ///   - file: The YAML file, when there is one.
  /// - Throws: ``ConfigurationError`` for an unknown key (with the nearest known one), a value that can't be, or a file
  ///   that can't be read.
  public static func load(
    commandLine: [(name: String, value: String, option: String)] = [], environment: [String: String], file: String?
  ) throws -> Configuration {
    var settings: [String: Setting] = [:]
    for key in ConfigurationKey.all {
      guard let text = key.defaultText else { continue }
      settings[key.name] = Setting(value: try key.read(text, origin: .byDefault), origin: .byDefault)
    }
    if let file { try readFile(file, into: &settings) }
    try readEnvironment(environment, into: &settings)
    for (name, value, option) in commandLine {
      guard let key = ConfigurationKey.named(name) else { throw unknown(name, where: option) }
      let origin = Origin.commandLine(option)
      settings[name] = Setting(value: try key.read(value, origin: origin), origin: origin)
    }
    return Configuration(settings: settings)
  }

  private static func readEnvironment(_ environment: [String: String], into settings: inout [String: Setting]) throws {
    let byVariable = Dictionary(uniqueKeysWithValues: ConfigurationKey.all.map { ($0.environmentVariable, $0) })
    for (variable, value) in environment.sorted(by: { $0.key < $1.key }) where variable.hasPrefix("HEADRACE_") {
      if variable.hasPrefix("HEADRACE_TEST_") || foreignVariables.contains(variable) || value.isEmpty { continue }
      guard let key = byVariable[variable] else {
        let hint = NearestName.suggestion(for: variable, among: Array(byVariable.keys))
        throw ConfigurationError("the environment variable \(variable) sets nothing we know\(hint)")
      }
      let origin = Origin.environment(variable)
      settings[key.name] = Setting(value: try key.read(value, origin: origin), origin: origin)
    }
  }

  private static func readFile(_ path: String, into settings: inout [String: Setting]) throws {
    let bytes: Data
    do { bytes = try Data(contentsOf: URL(filePath: path)) } catch {
      throw ConfigurationError("the configuration file \(path) can't be read: does it exist, and may we read it?")
    }
    let document: YAMLNode
    do { document = try YAMLReader.read(Array(bytes)) } catch {
      throw ConfigurationError("\(path):\(error.line): \(error.reason)")
    }
    func visit(_ node: YAMLNode, _ name: String) throws {
      if let key = ConfigurationKey.named(name) {
        let origin = Origin.file(path, line: node.line)
        settings[name] = Setting(value: try key.read(node.value, origin: origin), origin: origin)
      } else if case .mapping(let members) = node.content {
        for member in members { try visit(member.node, name.isEmpty ? member.name : "\(name).\(member.name)") }
      } else if !(name.isEmpty && node.value == .null) {
        throw unknown(name, where: "\(path):\(node.line)")
      }
    }
    try visit(document, "")
  }

  private static func unknown(_ name: String, where place: String) -> ConfigurationError {
    let hint = NearestName.suggestion(for: name, among: ConfigurationKey.all.map(\.name))
    return ConfigurationError("\(place): there is no setting \"\(name)\"\(hint); `headrace config keys` lists all")
  }
}

extension ConfigurationKey {
  /// Reads a text, as the environment and the command line have it.
  func read(_ text: String, origin: Configuration.Origin) throws(ConfigurationError) -> JSONValue {
    switch kind {
    case .text: return .string(text)
    case .list:
      return .array(text.split(separator: ",").map { .string($0.trimmingPrefix(while: { $0 == " " }).description) })
    case .integer(let range):
      guard let value = Int(text), range.contains(value) else { throw wrong(text, origin) }
      return .int(Int64(value))
    case .number(let range):
      guard let value = Double(text), range.contains(value) else { throw wrong(text, origin) }
      return .double(value)
    case .boolean:
      guard let value = Bool(text) else { throw wrong(text, origin) }
      return .bool(value)
    case .bytes:
      guard let size = ByteSize(text) else { throw wrong(text, origin) }
      return .int(Int64(size.bytes))
    case .choice(let words):
      guard words.contains(text) else { throw wrong(text, origin) }
      return .string(text)
    case .tree: throw ConfigurationError("\(origin): \(name) is a tree; say it in the configuration file")
    }
  }

  /// Reads a value of the file.
  func read(_ value: JSONValue, origin: Configuration.Origin) throws(ConfigurationError) -> JSONValue {
    switch (kind, value) {
    case (.tree, _): return value
    case (.list, .array(let elements)):
      guard elements.allSatisfy({ $0.string != nil }) else { throw wrong(value.text, origin) }
      return value
    case (_, .string(let text)): return try read(text, origin: origin)
    case (.boolean, .bool): return value
    case (_, .int(let number)): return try read(String(number), origin: origin)
    case (.number, .double(let number)): return try read(String(number), origin: origin)
    default: throw wrong(value.text, origin)
    }
  }

  private func wrong(_ text: String, _ origin: Configuration.Origin) -> ConfigurationError {
    ConfigurationError("\(origin): \(name) takes \(kindText), not \"\(isSecret ? "(secret)" : text)\"")
  }
}
