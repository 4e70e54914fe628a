/// The value of a journal record `h/<partition>/<fingerprint>`: a call that its old owner still waits for.
package struct HandOverNote: Sendable, Hashable, Codable {
  /// Milliseconds since 1970 after which the answer is no longer waited for.
  package var deadline: Int64

  package init(deadline: Int64) { self.deadline = deadline }
}
