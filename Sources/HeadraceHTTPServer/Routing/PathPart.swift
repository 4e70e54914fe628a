/// One segment of a route's pattern.
enum PathPart: Sendable, Hashable {
  case literal(String)
  case parameter(String)
  case rest(String)

  static func parse(_ pattern: String) -> [PathPart] {
    precondition(pattern.first == "/", "a pattern begins with /: \(pattern)")
    guard pattern != "/" else { return [] }
    return pattern.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map { part in
      guard part.first == "{", part.last == "}" else { return .literal(String(part)) }
      let name = part.dropFirst().dropLast()
      return name.hasSuffix("...") ? .rest(String(name.dropLast(3))) : .parameter(String(name))
    }
  }

  /// The values of the parameters, or `nil` where the segments do not fit.
  static func match(_ parts: [PathPart], _ segments: [String]) -> [String: String]? {
    var parameters: [String: String] = [:]
    for (index, part) in parts.enumerated() {
      if case .rest(let name) = part {
        guard index < segments.count else { return nil }
        parameters[name] = segments[index...].joined(separator: "/")
        return parameters
      }
      guard index < segments.count else { return nil }
      switch part {
      case .literal(let text): guard segments[index] == text else { return nil }
      case .parameter(let name):
        guard !segments[index].isEmpty else { return nil }
        parameters[name] = segments[index]
      case .rest: return nil
      }
    }
    return parts.count == segments.count ? parameters : nil
  }

  /// Literals win over parameters, parameters over the rest.
  var weight: Int {
    switch self {
    case .literal: 3
    case .parameter: 2
    case .rest: 1
    }
  }

  /// The part without its name: two patterns of one shape cannot be told apart.
  var shape: String {
    switch self {
    case .literal(let text): text
    case .parameter: "{}"
    case .rest: "{...}"
    }
  }
}
