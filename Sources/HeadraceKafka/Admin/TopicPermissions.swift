/// What a client may do with a topic.
public struct TopicPermissions: Sendable, Hashable {
  /// The topic's id, in the letters that Kafka's tools print; another topic of the same name has another one.
  public var id: String
  /// What this client may do.
  public var operations: Set<ACLOperation>
}
