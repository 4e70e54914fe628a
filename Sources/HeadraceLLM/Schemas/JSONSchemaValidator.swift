internal import HeadraceCore

/// Checks a value against a JSON Schema (the keywords of draft 2020-12 that bound a value; `format` and annotations are
/// passed over).
struct JSONSchemaValidator {
  private let root: JSONValue

  init(_ schema: JSONValue) { root = schema }

  /// What is wrong, by place, at most ten; empty: valid.
  func problems(in value: JSONValue) -> [String] {
    var found = Found()
    check(value, root, at: "", depth: 0, &found)
    return found.problems
  }

  private struct Found {
    var problems: [String] = []
    var isFull: Bool { problems.count >= 10 }
    mutating func add(_ place: String, _ what: String) {
      if !isFull { problems.append("\(place.isEmpty ? "the answer" : place) \(what)") }
    }
  }

  private func isValid(_ value: JSONValue, _ schema: JSONValue, depth: Int) -> Bool {
    var found = Found()
    check(value, schema, at: "", depth: depth, &found)
    return found.problems.isEmpty
  }

  private func check(_ value: JSONValue, _ schema: JSONValue, at place: String, depth: Int, _ found: inout Found) {
    guard !found.isFull else { return }
    // A schema that refers to itself without end, or a value nested as deep.
    guard depth < 64 else { return found.add(place, "is nested too deep") }
    if case .bool(let allowed) = schema {
      if !allowed { found.add(place, "is not allowed") }
      return
    }
    if let reference = schema["$ref"]?.string {
      guard let target = resolve(reference) else { return found.add(place, "has a schema that refers to nothing") }
      check(value, target, at: place, depth: depth + 1, &found)
    }
    checkType(value, schema, at: place, &found)
    if let choices = schema["enum"]?.array, !choices.contains(where: { Self.equal($0, value) }) {
      found.add(place, "must be one of \(choices.map(\.text).joined(separator: ", "))")
    }
    if let constant = schema["const"], !Self.equal(constant, value) { found.add(place, "must be \(constant.text)") }
    switch value {
    case .string(let text): checkString(text, schema, at: place, &found)
    case .int, .double: checkNumber(value.double ?? 0, schema, at: place, &found)
    case .array(let elements): checkArray(elements, schema, at: place, depth: depth, &found)
    case .object: checkObject(value, schema, at: place, depth: depth, &found)
    default: break
    }
    checkCombinations(value, schema, at: place, depth: depth, &found)
  }

  private func checkType(_ value: JSONValue, _ schema: JSONValue, at place: String, _ found: inout Found) {
    guard let type = schema["type"] else { return }
    let allowed = type.array?.compactMap(\.string) ?? [type.string].compactMap { $0 }
    guard !allowed.isEmpty, !allowed.contains(where: { Self.matches(value, $0) }) else { return }
    found.add(place, "must be \(allowed.joined(separator: " or ")), not \(Self.typeName(value))")
  }

  private func checkString(_ text: String, _ schema: JSONValue, at place: String, _ found: inout Found) {
    let length = text.unicodeScalars.count
    if let least = schema["minLength"]?.int, length < least { found.add(place, "is shorter than \(least) characters") }
    if let most = schema["maxLength"]?.int, length > most { found.add(place, "is longer than \(most) characters") }
    if let pattern = schema["pattern"]?.string {
      // A pattern that this engine cannot read bounds nothing here; the provider may still keep to it.
      if let expression = try? Regex(pattern), (try? expression.firstMatch(in: text)) == nil {
        found.add(place, "does not match the pattern \(pattern)")
      }
    }
  }

  private func checkNumber(_ number: Double, _ schema: JSONValue, at place: String, _ found: inout Found) {
    if let least = schema["minimum"]?.double, number < least { found.add(place, "is less than \(least)") }
    if let most = schema["maximum"]?.double, number > most { found.add(place, "is more than \(most)") }
    if let bound = schema["exclusiveMinimum"]?.double, number <= bound { found.add(place, "is not more than \(bound)") }
    if let bound = schema["exclusiveMaximum"]?.double, number >= bound { found.add(place, "is not less than \(bound)") }
    if let step = schema["multipleOf"]?.double, step > 0 {
      let quotient = number / step
      if abs(quotient - quotient.rounded()) > 1e-9 { found.add(place, "is not a multiple of \(step)") }
    }
  }

  private func checkArray(
    _ elements: [JSONValue], _ schema: JSONValue, at place: String, depth: Int, _ found: inout Found
  ) {
    if let least = schema["minItems"]?.int, elements.count < least { found.add(place, "has fewer than \(least) items") }
    if let most = schema["maxItems"]?.int, elements.count > most { found.add(place, "has more than \(most) items") }
    if schema["uniqueItems"]?.bool == true, Set(elements.map { $0.canonical.text }).count < elements.count {
      found.add(place, "has an item twice")
    }
    let leading = schema["prefixItems"]?.array ?? []
    for (index, element) in elements.enumerated() {
      if let schema = index < leading.count ? leading[index] : schema["items"] {
        check(element, schema, at: "\(place)[\(index)]", depth: depth + 1, &found)
      }
    }
    if let schema = schema["contains"], !elements.contains(where: { isValid($0, schema, depth: depth + 1) }) {
      found.add(place, "has no item of the kind it needs")
    }
  }

  private func checkObject(
    _ value: JSONValue, _ schema: JSONValue, at place: String, depth: Int, _ found: inout Found
  ) {
    let members = value.members ?? []
    for name in schema["required"]?.array ?? [] {
      if let name = name.string, value[name] == nil { found.add(place, "lacks \"\(name)\"") }
    }
    if let least = schema["minProperties"]?.int, members.count < least { found.add(place, "has too few members") }
    if let most = schema["maxProperties"]?.int, members.count > most { found.add(place, "has too many members") }
    let properties = schema["properties"]
    for member in members {
      let inner = place.isEmpty ? member.name : "\(place).\(member.name)"
      if let schema = properties?[member.name] {
        check(member.value, schema, at: inner, depth: depth + 1, &found)
      } else if let rest = schema["additionalProperties"] {
        if rest == .bool(false) {
          found.add(inner, "is not asked for")
        } else {
          check(member.value, rest, at: inner, depth: depth + 1, &found)
        }
      }
    }
  }

  private func checkCombinations(
    _ value: JSONValue, _ schema: JSONValue, at place: String, depth: Int, _ found: inout Found
  ) {
    for part in schema["allOf"]?.array ?? [] { check(value, part, at: place, depth: depth + 1, &found) }
    if let parts = schema["anyOf"]?.array, !parts.contains(where: { isValid(value, $0, depth: depth + 1) }) {
      found.add(place, "matches none of the allowed forms")
    }
    if let parts = schema["oneOf"]?.array {
      let count = parts.count { isValid(value, $0, depth: depth + 1) }
      if count != 1 { found.add(place, "matches \(count) of the allowed forms instead of one") }
    }
    if let part = schema["not"], isValid(value, part, depth: depth + 1) {
      found.add(place, "has a form that is excluded")
    }
  }

  /// `#`, `#/$defs/name`, and any other pointer into the schema.
  private func resolve(_ reference: String) -> JSONValue? {
    guard reference.hasPrefix("#") else { return nil }
    var value = root
    for part in reference.dropFirst().split(separator: "/") {
      let name = part.split(separator: "~1", omittingEmptySubsequences: false).joined(separator: "/")
        .split(separator: "~0", omittingEmptySubsequences: false).joined(separator: "~")
      guard let next = value[name] ?? Int(name).flatMap({ value[$0] }) else { return nil }
      value = next
    }
    return value
  }

  private static func equal(_ left: JSONValue, _ right: JSONValue) -> Bool {
    if let left = left.double, let right = right.double { return left == right }
    return left.canonical == right.canonical
  }

  private static func matches(_ value: JSONValue, _ type: String) -> Bool {
    switch (type, value) {
    case ("string", .string), ("boolean", .bool), ("null", .null), ("array", .array), ("object", .object): true
    case ("number", .int), ("number", .double): true
    case ("integer", .int), ("integer", .double): value.int != nil
    default: false
    }
  }

  private static func typeName(_ value: JSONValue) -> String {
    switch value {
    case .null: "null"
    case .bool: "boolean"
    case .int, .double: "number"
    case .string: "string"
    case .array: "array"
    case .object: "object"
    }
  }
}
