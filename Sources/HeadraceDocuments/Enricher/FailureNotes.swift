internal import HeadraceCore
internal import Synchronization

/// What is known of failed attempts, for the failed event if the record is given up: more than its dead letter carries.
///
/// Kept in memory only and bounded; what is missing after a restart makes the event shorter, not wrong.
final class FailureNotes: Sendable {
  struct Note: Sendable {
    var failure: DocumentFailure
    var facts: ExtractionFacts?
    var provenance: Provenance

    init(error: any Error, job: EnrichmentJob) {
      if let error = error as? any ClassifiedError {
        failure = DocumentFailure(reason: error.reason, title: error.title, detail: error.detail)
      } else {
        failure = DocumentFailure(
          reason: "unexpected_error", title: "The enricher failed on this document.", detail: "\(error)")
      }
      (facts, provenance) = job.soFar
    }
  }

  private struct State {
    var notes: [RecordCoordinate: Note] = [:]
    var order: [RecordCoordinate] = []
  }

  private let state = Mutex(State())
  private static let maximum = 1024

  func keep(_ note: Note, of record: RecordCoordinate) {
    state.withLock { state in
      if state.notes.updateValue(note, forKey: record) == nil { state.order.append(record) }
      if state.order.count > FailureNotes.maximum { state.notes[state.order.removeFirst()] = nil }
    }
  }

  func forget(_ record: RecordCoordinate) { _ = take(record) }

  func take(_ record: RecordCoordinate) -> Note? {
    state.withLock { state in
      guard let note = state.notes.removeValue(forKey: record) else { return nil }
      state.order.removeAll { $0 == record }
      return note
    }
  }
}
