/// What has happened to a document: its row and its steps.
struct DocumentHistory: Sendable {
  var row: DocumentRow
  /// In the order of the log.
  var steps: [Step]

  struct Step: Sendable, Hashable {
    var offset: Int64
    var progress: DocumentProgress
    var event: EventIdentity
  }
}
