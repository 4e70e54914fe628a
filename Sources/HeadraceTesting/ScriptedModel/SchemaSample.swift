internal import HeadraceCore

/// The plainest value that a schema allows; good for objects, arrays, strings, numbers, choices and references.
enum SchemaSample {
  static func instance(of schema: JSONValue) -> JSONValue { instance(schema, root: schema, name: "value", depth: 0) }

  private static func instance(_ schema: JSONValue, root: JSONValue, name: String, depth: Int) -> JSONValue {
    guard depth < 32 else { return .null }
    if let reference = schema["$ref"]?.string, let key = reference.split(separator: "/").last.map(String.init),
      let target = root["$defs"]?[key] ?? root["definitions"]?[key]
    {
      return instance(target, root: root, name: name, depth: depth + 1)
    }
    if let constant = schema["const"] { return constant }
    if let choice = schema["enum"]?[0] { return choice }
    if let part = schema["anyOf"]?[0] ?? schema["oneOf"]?[0] {
      return instance(part, root: root, name: name, depth: depth + 1)
    }
    switch schema["type"]?.string ?? schema["type"]?[0]?.string {
    case "object":
      let required = schema["required"]?.array?.compactMap(\.string)
      let members = (schema["properties"]?.members ?? []).filter { required?.contains($0.name) ?? true }
      return .object(
        members.map { .init($0.name, instance($0.value, root: root, name: $0.name, depth: depth + 1)) })
    case "array":
      let count = max(Int(schema["minItems"]?.int ?? 1), 0)
      return .array(
        (0..<count).map { instance(schema["items"] ?? true, root: root, name: "\(name) \($0 + 1)", depth: depth + 1) })
    case "integer", "number": return .int(schema["minimum"]?.int ?? 0)
    case "boolean": return true
    case "null": return .null
    default:
      var text = "A \(name)"
      if let least = schema["minLength"]?.int { while text.count < least { text += " more" } }
      if let most = schema["maxLength"]?.int { text = String(text.prefix(Int(most))) }
      return .string(text)
    }
  }
}
