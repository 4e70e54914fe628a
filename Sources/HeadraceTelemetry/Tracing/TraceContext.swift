/// A place in a distributed trace: W3C Trace Context, version 00.
public struct TraceContext: Sendable, Hashable {
  /// 16 bytes in lowercase hex; never all zeros.
  public let traceID: String
  /// 8 bytes in lowercase hex; never all zeros.
  public let spanID: String
  /// Whether the caller records this trace.
  public let isSampled: Bool

  /// Reads a `traceparent` value; nil when it is not well formed (it is then to be ignored, as the specification says).
  public init?(traceparent: String) {
    let parts = traceparent.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count >= 4, parts[0].utf8.count == 2, parts[0] != "ff", Self.isHex(parts[0]),
      parts[0] != "00" || parts.count == 4,
      parts[1].utf8.count == 32, Self.isHex(parts[1]), parts[1].contains(where: { $0 != "0" }),
      parts[2].utf8.count == 16, Self.isHex(parts[2]), parts[2].contains(where: { $0 != "0" }),
      parts[3].utf8.count == 2, Self.isHex(parts[3]), let flags = UInt8(parts[3], radix: 16)
    else { return nil }
    self.init(traceID: String(parts[1]), spanID: String(parts[2]), isSampled: flags & 1 == 1)
  }

  private init(traceID: String, spanID: String, isSampled: Bool) {
    self.traceID = traceID
    self.spanID = spanID
    self.isSampled = isSampled
  }

  /// The root of a new trace.
  public static func random() -> TraceContext {
    TraceContext(traceID: hex64() + hex64(), spanID: hex64(), isSampled: true)
  }

  /// A new place below this one, in the same trace.
  public func child() -> TraceContext {
    TraceContext(traceID: traceID, spanID: Self.hex64(), isSampled: isSampled)
  }

  /// The value of the `traceparent` header.
  public var traceparent: String { "00-\(traceID)-\(spanID)-\(isSampled ? "01" : "00")" }

  private static func isHex(_ text: Substring) -> Bool {
    text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }

  private static func hex64() -> String {
    let hex = String(UInt64.random(in: 1...UInt64.max), radix: 16)
    return String(repeating: "0", count: 16 - hex.count) + hex
  }
}
