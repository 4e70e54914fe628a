/// What an ``ACLBinding`` is about: a topic, a group or the cluster, by name or by the beginning of the name.
public struct ACLResource: Sendable, Hashable {
  /// Kinds of things.
  public enum Kind: Sendable, Hashable, CaseIterable {
    /// A topic.
    case topic
    /// A consumer group.
    case group
    /// The cluster itself.
    case cluster
    /// A transactional id: librdkafka has no name for it before 2.6.0.
    case transactionalID
  }

  /// The kind of thing.
  public var kind: Kind
  /// Its name, the beginning of its name, or `*` for all of the kind.
  public var name: String
  /// Whether ``name`` is the beginning of the names meant.
  public var isPrefix: Bool

  /// A thing.
  public init(_ kind: Kind, _ name: String, isPrefix: Bool = false) {
    self.kind = kind
    self.name = name
    self.isPrefix = isPrefix
  }

  /// A topic.
  public static func topic(_ name: String) -> ACLResource { ACLResource(.topic, name) }
  /// A consumer group.
  public static func group(_ id: String) -> ACLResource { ACLResource(.group, id) }
  /// The cluster.
  public static var cluster: ACLResource { ACLResource(.cluster, "kafka-cluster") }
}
