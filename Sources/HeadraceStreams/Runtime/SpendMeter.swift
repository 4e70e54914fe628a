internal import HeadraceCore
internal import Synchronization

/// What the journaled calls of one run have cost, against its cap.
final class SpendMeter: Sendable {
  private let cap: Money?
  private let nanos = Mutex<Int64>(0)

  init(cap: Money?) { self.cap = cap }

  /// Billionths of the cap's currency.
  var spent: Int64 { nanos.withLock { $0 } }
  var isReached: Bool { cap.map { spent >= $0.nanos } ?? false }

  /// Throws once the cap is reached.
  func check() throws(ProcessorError) {
    if let cap, isReached { throw ProcessorError(.spendCap, "the spend cap of \(cap) is reached") }
  }

  func add(_ cost: Money?) {
    guard let cost else { return }
    nanos.withLock { $0 += cost.nanos }
  }
}
