internal import HeadraceTelemetry

/// Files that go once the journal says that nothing refers to them any more.
struct SegmentRemoval {
  let paths: [String]
  let bytes: Int64
  let ticket: CommitTicket
  let environment: LogEnvironment

  /// Waits for the journal, then removes the files. One that cannot be removed is swept at the next start.
  func finish() throws(LogError) {
    try ticket.wait(until: .never)
    for path in paths {
      do throws(FileError) { try environment.fileSystem.remove(path) } catch {
        environment.metrics.storageErrors.increment()
      }
    }
  }
}
