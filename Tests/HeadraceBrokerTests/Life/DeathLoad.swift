import HeadraceCore
import Synchronization

@testable import HeadraceBroker

/// An idempotent producer that numbers its records, repeats what was not answered, and never gives up on a dying broker.
final class DeathLoad: Sendable {
  private let target: TestTarget
  private let topic: String
  private let acknowledged = Atomic(0)
  private let isStopped = Atomic(false)

  init(target: TestTarget, topic: String) {
    self.target = target
    self.topic = topic
  }

  func stop() { isStopped.store(true, ordering: .releasing) }

  func waitForProgress(past count: Int) async throws {
    let start = acknowledged.load(ordering: .acquiring)
    while acknowledged.load(ordering: .acquiring) <= max(count, start + 5) {
      try await Task.sleep(for: .milliseconds(2))
    }
  }

  /// Sends until stopped; the number of acknowledged records.
  func run() throws -> Int {
    var lab: Lab?
    var id: Int64?
    var sequence: Int32 = 0
    let end = MonotonicTime.now + .seconds(90)
    while !isStopped.load(ordering: .acquiring), MonotonicTime.now < end {
      do {
        let present = try lab ?? Lab(target, isEmbedded: true)
        lab = present
        let producer = try id ?? present.producerID().producerID
        id = producer
        let answer = try present.produce(topic, ClientBatch("\(sequence)").from(producer, 0, sequence))
        guard answer.error == .none else { throw CaseFailure("\(answer.error)") }
        // A repetition is told the offset of the first time.
        guard answer.baseOffset == Int64(sequence) else { throw CaseFailure("offset \(answer.baseOffset)") }
        sequence += 1
        acknowledged.store(Int(sequence), ordering: .releasing)
      } catch let failure as CaseFailure where !failure.description.hasPrefix("offset") {
        // The broker is dying or not back yet: connect again and repeat the same batch.
        lab = nil
        OSPause.milliseconds(2)
      }
    }
    return Int(sequence)
  }
}
