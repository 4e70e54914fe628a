import HeadraceCore
import Synchronization

/// Keeps every usage event.
final class RecordingSink: UsageSink {
  private let kept = Mutex<[CallUsageEvent]>([])
  var events: [CallUsageEvent] { kept.withLock { $0 } }
  func record(_ event: CallUsageEvent) async throws { kept.withLock { $0.append(event) } }
}

/// A journal in memory, with single flight.
actor MemoryJournal: CallJournal {
  private(set) var results: [CallFingerprint: CallResult] = [:]
  private var running: [CallFingerprint: Task<CallResult, any Error>] = [:]

  func result(
    for fingerprint: CallFingerprint, perform: @escaping @Sendable () async throws -> CallResult
  ) async throws -> (result: CallResult, isFromJournal: Bool) {
    if let known = results[fingerprint] { return (known, true) }
    if let task = running[fingerprint] { return (try await task.value, true) }
    let task = Task { try await perform() }
    running[fingerprint] = task
    defer { running[fingerprint] = nil }
    let result = try await task.value
    results[fingerprint] = result
    return (result, false)
  }
}
