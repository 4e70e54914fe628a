public import HeadraceCore

extension ChatRequest {
  /// What makes two requests the same: SHA-256 of the request as asked.
  ///
  /// In it: tenant, route, model, class and constraints, the prompt's id, version and template hash, every parameter,
  /// tools and schema, messages and `data`, the processor and its version, and the ordinal of a repeated sample. Not in
  /// it: time, record, attempt, priority, budgets, and the model that the router happens to choose.
  public var fingerprint: CallFingerprint {
    var parts: [(name: String, value: String)] = [("format", "headrace.llm.chat.1")]
    func add(_ name: String, _ value: String?) {
      if let value { parts.append((name, value)) }
    }
    add("tenant", tenant)
    add("route", route)
    add("model", model)
    add("class", taskClass?.rawValue)
    add("residency", constraints.residency.isEmpty ? nil : constraints.residency.sorted().joined(separator: ","))
    add("data-class", constraints.dataClass == .public ? nil : constraints.dataClass.rawValue)
    add("providers", constraints.providers.isEmpty ? nil : constraints.providers.sorted().joined(separator: ","))
    add("processor", processor)
    add("processor-version", processorVersion)
    add("prompt", prompt?.id)
    add("prompt-version", prompt?.version)
    add("template", prompt?.templateHash)
    add("maximum-output-tokens", maximumOutputTokens.map { "\($0)" })
    add("temperature", temperature.map { "\($0)" })
    add("seed", seed.map { "\($0)" })
    add("reasoning-effort", reasoningEffort?.rawValue)
    for text in stop { add("stop", text) }
    if case .json(let name, let schema) = format {
      add("schema-name", name)
      add("schema", schema.canonical.text)
    }
    for tool in tools {
      add("tool", tool.name)
      add("tool-version", tool.version)
      add("tool-description", tool.description)
      add("tool-parameters", tool.parameters.canonical.text)
    }
    switch toolChoice {
    case .automatic: break
    case .none: add("tool-choice", "none")
    case .required: add("tool-choice", "required")
    case .tool(let name): add("tool-choice", "tool:\(name)")
    }
    for message in messages {
      add("role", message.role.rawValue)
      for piece in message.content {
        switch piece {
        case .text(let text): add("text", text)
        case .image(let url): add("image", url)
        case .file(let url, let type):
          add("file", url)
          add("file-type", type)
        }
      }
      for call in message.toolCalls {
        add("call", call.id)
        add("call-name", call.name)
        add("call-arguments", call.arguments.canonical.text)
      }
      add("answers", message.toolCallID)
    }
    for (name, value) in data.sorted(by: { $0.key < $1.key }) {
      add("data-name", name)
      add("data-value", value)
    }
    add("sample", sample == 0 ? nil : "\(sample)")
    return CallFingerprint(parts: parts)
  }
}
