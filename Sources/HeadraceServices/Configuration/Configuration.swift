public import HeadraceCore

/// The settings in force, and where each came from: command line > environment > file > default.
public struct Configuration: Sendable {
  /// Where a value came from.
  public enum Origin: Sendable, Hashable, CustomStringConvertible {
    /// An option of the command.
    case commandLine(String)
    /// An environment variable.
    case environment(String)
    /// A line of the file.
    case file(String, line: Int)
    /// Nothing was said.
    case byDefault

    /// For people.
    public var description: String {
      switch self {
      case .commandLine(let option): "command line (\(option))"
      case .environment(let variable): "environment (\(variable))"
      case .file(let path, let line): "\(path):\(line)"
      case .byDefault: "default"
      }
    }
  }

  /// A value with its origin. Checked against the key's kind.
  public struct Setting: Sendable, Hashable {
    /// The value, in the kind's own type.
    public var value: JSONValue
    /// Where it came from.
    public var origin: Origin
  }

  private var settings: [String: Setting]

  init(settings: [String: Setting]) { self.settings = settings }

  /// The setting in force; nil when nothing was said and there is no default.
  public subscript(key: ConfigurationKey) -> Setting? { settings[key.name] }

  /// The text of a setting.
  public func string(_ key: ConfigurationKey) -> String? { settings[key.name]?.value.string }

  /// The text of a setting that has a default.
  public func requiredString(_ key: ConfigurationKey) -> String {
    guard let value = string(key) else { preconditionFailure("\(key.name) has no default") }
    return value
  }

  /// The number of a setting (whole numbers and bytes).
  public func int(_ key: ConfigurationKey) -> Int? { settings[key.name]?.value.int.map(Int.init) }

  /// The number of a setting that has a default.
  public func requiredInt(_ key: ConfigurationKey) -> Int {
    guard let value = int(key) else { preconditionFailure("\(key.name) has no default") }
    return value
  }

  /// Whether a setting is on.
  public func bool(_ key: ConfigurationKey) -> Bool { settings[key.name]?.value.bool ?? false }

  /// The texts of a list.
  public func list(_ key: ConfigurationKey) -> [String] {
    settings[key.name]?.value.array?.compactMap(\.string) ?? []
  }

  /// A tree as it stands in the file.
  public func tree(_ key: ConfigurationKey) -> JSONValue? { settings[key.name]?.value }

  /// Adds a property of librdkafka to those of `kafka.extra`, as `-X` does.
  public mutating func addKafkaProperty(_ name: String, _ value: String) {
    var tree = settings["kafka.extra"]?.value ?? .object([])
    tree[name] = .string(value)
    settings["kafka.extra"] = Setting(value: tree, origin: .commandLine("-X"))
  }

  /// The value as `config show` prints it; secrets are covered.
  public func shown(_ key: ConfigurationKey) -> String {
    guard let setting = settings[key.name] else { return "" }
    if key.isSecret { return "(secret)" }
    if key.kind == .bytes, let bytes = setting.value.int { return ByteSize(bytes: Int(bytes)).description }
    switch setting.value {
    case .string(let text): return text
    case .array(let elements) where key.kind == .list: return elements.compactMap(\.string).joined(separator: ",")
    default: return setting.value.text
    }
  }
}
