internal import HeadraceCore

/// OpenAI enforces a schema only in its strict mode, and that mode refuses schemas with certain words. For its servers
/// those words are taken out of what is sent; the answer is checked here against the whole schema all the same. Compatible
/// servers get the schema as it is: llama.cpp enforces lengths, for one.
enum StrictSchema {
  private static let refused: Set<String> = [
    "minLength", "maxLength", "uniqueItems", "contains", "minProperties", "maxProperties", "prefixItems", "not",
  ]

  static func isExpected(by provider: ProviderConfiguration) -> Bool {
    provider.baseURL.contains("openai.com") || provider.baseURL.contains("openai.azure.com")
  }

  static func adapted(_ schema: JSONValue, for provider: ProviderConfiguration) -> (JSONValue, isStrict: Bool) {
    guard isExpected(by: provider) else { return (schema, true) }
    // An object with optional or further members cannot be strict at all: the schema is then a hint.
    return isClosed(schema) ? (reduced(schema), true) : (schema, false)
  }

  private static func isClosed(_ schema: JSONValue) -> Bool {
    if let properties = schema["properties"]?.members {
      let required = Set((schema["required"]?.array ?? []).compactMap(\.string))
      guard schema["additionalProperties"] == .bool(false), Set(properties.map(\.name)) == required else {
        return false
      }
    } else if schema["type"]?.string == "object" {
      return false
    }
    return children(schema).allSatisfy(isClosed)
  }

  private static func children(_ schema: JSONValue) -> [JSONValue] {
    var children: [JSONValue] = []
    for name in ["properties", "$defs", "definitions"] { children += (schema[name]?.members ?? []).map(\.value) }
    for name in ["anyOf", "allOf", "oneOf"] { children += schema[name]?.array ?? [] }
    if let items = schema["items"] { children.append(items) }
    return children
  }

  private static func reduced(_ schema: JSONValue) -> JSONValue {
    guard let members = schema.members else { return schema }
    return .object(
      members.compactMap { member in
        guard !refused.contains(member.name) else { return nil }
        switch member.name {
        case "properties", "$defs", "definitions":
          return .init(member.name, .object((member.value.members ?? []).map { .init($0.name, reduced($0.value)) }))
        case "anyOf", "allOf", "oneOf": return .init(member.name, .array((member.value.array ?? []).map(reduced)))
        case "items": return .init(member.name, reduced(member.value))
        default: return member
        }
      })
  }
}
