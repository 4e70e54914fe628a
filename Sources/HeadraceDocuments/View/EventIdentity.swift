/// What makes an event unique, wherever it is found: a reader drops what it has seen by source and id.
struct EventIdentity: Sendable, Hashable {
  var source: String
  var id: String
  /// Milliseconds since 1970.
  var time: Int64
}
