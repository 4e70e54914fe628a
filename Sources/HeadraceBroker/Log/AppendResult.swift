/// Where a batch went.
struct AppendResult: Sendable {
  let baseOffset: Int64
  /// Milliseconds since 1970 for topics that stamp records themselves, else -1.
  let logAppendTime: Int64
  let logStartOffset: Int64
  /// Wait for it (or detach it) before anybody is told.
  let ticket: CommitTicket
  /// The batch was there already: its original place is answered.
  let isDuplicate: Bool
}
