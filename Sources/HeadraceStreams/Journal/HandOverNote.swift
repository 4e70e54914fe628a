/// The value of a journal record `h/<partition>/<fingerprint>`: a call that its old owner still waits for.
package struct HandOverNote: Sendable, Hashable, Codable {
  /// Milliseconds since 1970 after which the answer is no longer waited for.
  package var deadline: Int64
  /// Milliseconds for which the note is good after it was read: its owner writes it again while it lives, so that a
  /// dead owner's calls are not waited for until their deadline.
  package var lease: Int64

  package init(deadline: Int64, lease: Int64) {
    self.deadline = deadline
    self.lease = lease
  }
}
