/// Bounds repeats to a part of the traffic, so that they never become the storm.
struct RetryBudget: Sendable {
  private let ratio: Double
  private let reserve: Double
  private var balance: Double

  /// - Parameters:
  ///   - ratio: repeats for each request.
  ///   - reserve: repeats that are allowed from the start, and what can be saved up at most beside the ratio.
  init(ratio: Double, reserve: Int) {
    self.ratio = ratio
    self.reserve = Double(max(1, reserve))
    balance = self.reserve
  }

  mutating func requested() { balance = min(reserve * 2, balance + ratio) }

  /// False: return the failure instead.
  mutating func withdraw() -> Bool {
    guard balance >= 1 else { return false }
    balance -= 1
    return true
  }
}
