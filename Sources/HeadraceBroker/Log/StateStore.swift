/// A small durable map of bytes to bytes: groups, committed offsets, transactions, producer ids. All of it is in
/// memory; changes are journal records, and the checkpoint holds a copy.
///
/// Sendable: `lock` guards the map. Order of locks: partitions before `lock`, `lock` before the journal's.
final class StateStore: @unchecked Sendable {
  private let lock = ThreadLock()
  private var values: [[UInt8]: [UInt8]] = [:]
  /// The last journal record that is in `values`.
  private var appliedNumber: UInt64 = 0
  private let journal: Journal

  init(journal: Journal, recovered: StateStoreImage) {
    self.journal = journal
    values = recovered.values
    appliedNumber = recovered.appliedNumber
  }

  /// Applies the changes together; visible at once, durable when the ticket says so.
  func put(_ changes: [StateChange]) throws(LogError) -> CommitTicket {
    if changes.isEmpty { return .done }
    var writer = ByteWriter()
    StateStoreImage.encode(changes, to: &writer)
    let bytes = writer.bytes
    let admitted = bytes.count + JournalFile.recordOverhead
    guard admitted < JournalFile.largestRecord else { throw .storage("\(bytes.count) bytes of state in one change") }
    try journal.admit(admitted)
    let number = bytes.withView { view in
      let body = JournalBody(view)
      return lock.withLock {
        let number = journal.enqueue(.state, body, admitted: admitted)
        apply(changes, number: number)
        return number
      }
    }
    return CommitTicket(journal: journal, number: number)
  }

  func value(_ key: [UInt8]) -> [UInt8]? { lock.withLock { values[key] } }

  /// All pairs whose key begins with `prefix`, by key.
  func scan(prefix: [UInt8]) -> [(key: [UInt8], value: [UInt8])] {
    lock.withLock { values.filter { $0.key.starts(with: prefix) } }
      .map { (key: $0.key, value: $0.value) }
      .sorted { $0.key.lexicographicallyPrecedes($1.key) }
  }

  // MARK: For transactions and checkpoints

  /// Runs `enqueue` and applies the changes under the lock, so that number and content agree.
  func apply(_ changes: [StateChange], enqueue: () -> UInt64) -> UInt64 {
    lock.withLock {
      let number = enqueue()
      apply(changes, number: number)
      return number
    }
  }

  /// A copy for the checkpoint, with the number of the last record in it.
  func image() -> StateStoreImage { lock.withLock { StateStoreImage(values: values, appliedNumber: appliedNumber) } }

  private func apply(_ changes: [StateChange], number: UInt64) {
    for change in changes { values[change.key] = change.value }
    appliedNumber = number
  }
}
