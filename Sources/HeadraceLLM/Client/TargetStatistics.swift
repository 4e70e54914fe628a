/// What was measured of a target, recent calls weighing more.
struct TargetStatistics: Sendable {
  private(set) var calls = 0
  private(set) var milliseconds: Double?
  private(set) var outputTokens: Double?

  mutating func add(milliseconds: Int, outputTokens: Int) {
    calls += 1
    self.milliseconds = Self.blend(self.milliseconds, Double(milliseconds))
    self.outputTokens = Self.blend(self.outputTokens, Double(outputTokens))
  }

  private static func blend(_ known: Double?, _ new: Double) -> Double {
    guard let known else { return new }
    return known * 0.8 + new * 0.2
  }
}
