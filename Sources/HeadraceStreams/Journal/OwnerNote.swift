/// The value of a journal record `o/<partition>`: whoever holds the partition.
package struct OwnerNote: Sendable, Hashable, Codable {
  /// The group member's id.
  package var member: String
  /// The producer whose transaction may be open there.
  package var transactionalId: String

  package init(member: String, transactionalId: String) {
    self.member = member
    self.transactionalId = transactionalId
  }
}
