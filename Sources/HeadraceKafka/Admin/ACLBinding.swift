/// One rule of a cluster's authorizer: who may or may not do what, to what, from where.
public struct ACLBinding: Sendable, Hashable {
  /// What the rule is about.
  public var resource: ACLResource
  /// Who it is about, for example `User:alice`, or `User:*` for everybody.
  public var principal: String
  /// The host that they connect from; `*` for any.
  public var host: String
  /// What they do.
  public var operation: ACLOperation
  /// Whether they may.
  public var permission: ACLPermission

  /// A rule.
  public init(
    _ permission: ACLPermission, _ operation: ACLOperation, on resource: ACLResource, to principal: String,
    from host: String = "*"
  ) {
    self.resource = resource
    self.principal = principal
    self.host = host
    self.operation = operation
    self.permission = permission
  }
}
