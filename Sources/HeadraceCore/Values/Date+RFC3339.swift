public import FoundationEssentials
import HeadraceTelemetry

extension Date {
  /// The time in UTC with milliseconds, e.g. `2026-01-02T03:04:05.678Z`.
  public var rfc3339: String { RFC3339.text(milliseconds: milliseconds) }

  /// Reads an RFC 3339 time; nil when `text` is none.
  public init?(rfc3339 text: some StringProtocol) {
    guard let milliseconds = RFC3339.milliseconds(text) else { return nil }
    self.init(milliseconds: milliseconds)
  }

  /// Whole milliseconds since 1970, as Kafka's timestamps count.
  public var milliseconds: Int64 { Int64((timeIntervalSince1970 * 1000).rounded()) }

  /// A time by milliseconds since 1970.
  public init(milliseconds: Int64) { self.init(timeIntervalSince1970: Double(milliseconds) / 1000) }
}
