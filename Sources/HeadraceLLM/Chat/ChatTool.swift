public import HeadraceCore

/// A function that the model may ask the caller to run.
public struct ChatTool: Sendable, Hashable {
  /// Its name: letters, digits, `_` and `-`, at most 64.
  public var name: String
  /// What it does and when to use it.
  public var description: String
  /// JSON Schema of its arguments.
  public var parameters: JSONValue
  /// Version of its meaning: part of the fingerprint.
  public var version: String

  /// Makes a tool.
  public init(name: String, description: String, parameters: JSONValue, version: String = "1") {
    self.name = name
    self.description = description
    self.parameters = parameters
    self.version = version
  }
}

/// Whether the model may, must not or must call a tool.
public enum ToolChoice: Sendable, Hashable {
  /// The model decides.
  case automatic
  /// No calls.
  case none
  /// At least one call.
  case required
  /// This one.
  case tool(String)
}

/// A call that the model asks for.
public struct ToolCall: Sendable, Hashable, Codable {
  /// The provider's id of the call, or one made here where it has none.
  public var id: String
  /// Name of the tool.
  public var name: String
  /// Its arguments.
  public var arguments: JSONValue {
    get { encoded ?? .null }
    set { encoded = newValue }
  }

  @JSONAsText private var encoded: JSONValue?

  private enum CodingKeys: String, CodingKey {
    case id
    case name
    case encoded = "arguments"
  }

  /// Makes a call.
  public init(id: String, name: String, arguments: JSONValue) {
    self.id = id
    self.name = name
    encoded = arguments
  }
}
