public import HeadraceCore

/// A request as a scripted model got it.
public struct ScriptedModelRequest: Sendable, Hashable {
  /// The whole body.
  public var body: JSONValue
  /// The value of `authorization`, as it came.
  public var authorization: String?

  /// The model that was asked for.
  public var model: String { body["model"]?.string ?? "" }

  /// The text of all messages.
  public var prompt: String {
    (body["messages"]?.array ?? []).map { message in
      if let text = message["content"]?.string { return text }
      return (message["content"]?.array ?? []).compactMap { $0["text"]?.string }.joined(separator: "\n")
    }.joined(separator: "\n")
  }

  /// The text of the last message.
  public var lastMessage: String {
    guard let last = body["messages"]?.array?.last else { return "" }
    return last["content"]?.string ?? (last["content"]?.array ?? []).compactMap { $0["text"]?.string }.joined()
  }

  /// The schema that the answer should keep to.
  public var schema: JSONValue? { body["response_format"]?["json_schema"]?["schema"] }

  /// An instance of the schema, or an echo of the last message's first 200 characters.
  public var defaultAnswer: String {
    if let schema { return SchemaSample.instance(of: schema).text }
    return "You said: \(lastMessage.prefix(200))"
  }
}
