/// What a target must satisfy, beside what follows from the request (context length, tools, images, JSON schema).
public struct RouteConstraints: Sendable, Hashable {
  /// Regions in which the data may be processed, e.g. `["eu"]`; empty: anywhere.
  public var residency: Set<String>
  /// How sensitive the data is; a target must be cleared for it. Default `public`.
  public var dataClass: DataClass
  /// Only these providers; empty: any.
  public var providers: Set<String>

  /// No constraints.
  public init(residency: Set<String> = [], dataClass: DataClass = .public, providers: Set<String> = []) {
    self.residency = residency
    self.dataClass = dataClass
    self.providers = providers
  }
}

/// How sensitive data is, from the least to the most.
public enum DataClass: String, Sendable, Hashable, Codable, Comparable, CaseIterable {
  /// Anybody may see it.
  case `public`
  /// For the organisation.
  case `internal`
  /// For few.
  case confidential
  /// Never leaves our own machines.
  case restricted

  /// By sensitivity.
  public static func < (left: DataClass, right: DataClass) -> Bool { left.rank < right.rank }

  private var rank: Int { Self.allCases.firstIndex(of: self)! }
}
