internal import HeadraceCore

extension RoutingPolicy {
  /// Reads a policy from a file's JSON; what is missing is as shipped.
  ///
  /// ```json
  /// {"name": "frugal", "costWeight": 20, "latencyWeight": 0.004, "preferenceBonus": 0.1, "minimumMargin": 0.01,
  ///  "default": "gpt-5-mini", "preferred": {"reasoning": "o1-class", "chat": "flash-class"}}
  /// ```
  /// - Throws: ``LLMError`` `invalidRequest` that names the wrong member.
  public init(parsing bytes: [UInt8]) throws {
    func wrong(_ what: String) -> LLMError { LLMError(.invalidRequest, "routing policy: \(what)") }
    guard let value = try? JSONValue(parsing: bytes), let members = value.members else {
      throw wrong("it is no JSON object")
    }
    self.init()
    for member in members {
      func number() throws -> Double {
        guard let number = member.value.double else { throw wrong("\(member.name) is not a number") }
        return number
      }
      switch member.name {
      case "name": name = member.value.string ?? name
      case "costWeight": costWeight = try number()
      case "latencyWeight": latencyWeight = try number()
      case "preferenceBonus": preferenceBonus = try number()
      case "minimumMargin": minimumMargin = try number()
      case "default": defaultTarget = member.value.string
      case "preferred":
        preferred = [:]
        for entry in member.value.members ?? [] {
          guard let kind = TaskClass(rawValue: entry.name) else { throw wrong("\(entry.name) is no class of tasks") }
          guard let family = entry.value.string.flatMap(ModelFamily.init(rawValue:)) else {
            throw wrong("\(entry.value.text) is no family of models")
          }
          preferred[kind] = family
        }
      default: throw wrong("\(member.name) is unknown")
      }
    }
  }
}
