internal import HeadraceCore

/// How many attempts of a request this process has seen fail: an attempt that is made later, for the same request, has a
/// number of its own in the bill.
struct FailedAttempts: Sendable {
  private var attempts: [CallFingerprint: Int] = [:]
  private var order: [CallFingerprint] = []
  private let limit: Int

  init(limit: Int = 10_000) { self.limit = limit }

  /// Those known here, or those that the caller knows of when they are more.
  func attempts(of fingerprint: CallFingerprint, atLeast known: Int) -> Int {
    max(known, attempts[fingerprint] ?? 0)
  }

  mutating func note(_ count: Int, of fingerprint: CallFingerprint) {
    if attempts.updateValue(count, forKey: fingerprint) == nil { order.append(fingerprint) }
    guard order.count > limit else { return }
    // Half at once: what was forgotten after a success leaves its place in the order behind.
    for old in order.prefix(limit / 2) { attempts[old] = nil }
    order.removeFirst(limit / 2)
  }

  mutating func forget(_ fingerprint: CallFingerprint) {
    if !attempts.isEmpty { attempts[fingerprint] = nil }
  }
}
