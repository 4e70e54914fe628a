/// Files that go once the journal says that nothing refers to them any more.
struct SegmentRemoval {
  let paths: [String]
  let bytes: Int64
  let ticket: CommitTicket
  let environment: LogEnvironment

  /// Waits for the journal, then removes the files.
  func finish() throws(LogError) {
    try ticket.wait(until: .never)
    environment.remove(paths)
  }
}
