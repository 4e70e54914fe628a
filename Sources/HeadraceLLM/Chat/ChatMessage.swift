/// One turn of a conversation.
public struct ChatMessage: Sendable, Hashable {
  /// Who speaks.
  public enum Role: String, Sendable, Hashable, Codable {
    /// Instructions that stand above the conversation.
    case system
    /// The one who asks.
    case user
    /// The model.
    case assistant
    /// The result of a tool call.
    case tool
  }

  /// Who speaks.
  public var role: Role
  /// What is said, in order.
  public var content: [ChatContent]
  /// Calls that the model asked for; only of role `assistant`.
  public var toolCalls: [ToolCall]
  /// Which call this answers; only of role `tool`.
  public var toolCallID: String?

  /// Makes a message.
  public init(role: Role, content: [ChatContent], toolCalls: [ToolCall] = [], toolCallID: String? = nil) {
    self.role = role
    self.content = content
    self.toolCalls = toolCalls
    self.toolCallID = toolCallID
  }

  /// A system message.
  public static func system(_ text: String) -> ChatMessage { .init(role: .system, content: [.text(text)]) }

  /// A user message.
  public static func user(_ text: String) -> ChatMessage { .init(role: .user, content: [.text(text)]) }

  /// An earlier answer of the model.
  public static func assistant(_ text: String) -> ChatMessage { .init(role: .assistant, content: [.text(text)]) }

  /// The result of a tool call.
  public static func toolResult(_ text: String, for id: String) -> ChatMessage {
    .init(role: .tool, content: [.text(text)], toolCallID: id)
  }

  /// All text of the message, joined.
  public var text: String { content.compactMap(\.text).joined(separator: "\n") }
}
