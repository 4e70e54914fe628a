/// Which rules are meant; what is `nil` matches everything.
public struct ACLFilter: Sendable, Hashable {
  /// How ``name`` is compared.
  public enum Pattern: Sendable, Hashable {
    /// Rules for exactly that name.
    case literal
    /// Rules for exactly that beginning of names.
    case prefixed
    /// Rules that apply to something of that name: by name, by beginning, or by `*`.
    case applying
    /// Whatever the rule's own pattern is.
    case any
  }

  /// The kind of thing.
  public var kind: ACLResource.Kind?
  /// The thing's name.
  public var name: String?
  /// How the name is compared. Default `.any`.
  public var pattern: Pattern
  /// Who.
  public var principal: String?
  /// From where.
  public var host: String?
  /// What they do.
  public var operation: ACLOperation?
  /// Whether they may.
  public var permission: ACLPermission?

  /// A filter that matches every rule but for what is given.
  public init(
    kind: ACLResource.Kind? = nil, name: String? = nil, pattern: Pattern = .any, principal: String? = nil,
    host: String? = nil, operation: ACLOperation? = nil, permission: ACLPermission? = nil
  ) {
    self.kind = kind
    self.name = name
    self.pattern = pattern
    self.principal = principal
    self.host = host
    self.operation = operation
    self.permission = permission
  }

  /// Exactly one rule.
  public init(_ binding: ACLBinding) {
    self.init(
      kind: binding.resource.kind, name: binding.resource.name,
      pattern: binding.resource.isPrefix ? .prefixed : .literal,
      principal: binding.principal, host: binding.host, operation: binding.operation, permission: binding.permission)
  }
}
