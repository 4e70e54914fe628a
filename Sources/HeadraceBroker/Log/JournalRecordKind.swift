/// What a journal record says. The raw values are on disk: never change or reuse one.
enum JournalRecordKind: UInt8, Sendable {
  /// A batch with its bytes: place, batch.
  case append = 1
  /// A batch whose bytes are safe in its segment already: place, header of the batch.
  case extent = 2
  /// Changes of the state store.
  case state = 3
  /// The end of a transaction: its markers and the state that goes with them.
  case transactionEnd = 4
  /// A topic as it now is.
  case topic = 5
  /// A topic is gone.
  case topicDeletion = 6
  /// A partition's log start moved.
  case logStart = 7
  /// Segments of a partition were replaced by a cleaned one.
  case segmentsReplaced = 8
}
