internal import Glibc

/// How long something takes, drawn anew each time.
public enum LatencyDistribution: Sendable, Hashable {
  /// Always as long.
  case fixed(Duration)
  /// Anything in a range, all alike.
  case uniform(ClosedRange<Duration>)
  /// As model calls do: most near the median, few very long. A `sigma` of 0.6 makes the 99th percentile four times the
  /// median.
  case logNormal(median: Duration, sigma: Double)

  /// Draws one.
  public func sample(using generator: inout some RandomNumberGenerator) -> Duration {
    switch self {
    case .fixed(let duration): return duration
    case .uniform(let range):
      return range.lowerBound + (range.upperBound - range.lowerBound) * Double.random(in: 0...1, using: &generator)
    case .logNormal(let median, let sigma):
      // Two even numbers make one normal one (Box and Muller).
      let first = Double.random(in: Double.leastNonzeroMagnitude...1, using: &generator)
      let second = Double.random(in: 0..<1, using: &generator)
      let normal = (-2 * log(first)).squareRoot() * cos(2 * .pi * second)
      return median * exp(sigma * normal)
    }
  }
}
