/// A number of bytes with its unit, as people write it: `64 KiB`, `1GiB`, `10MB`, `4096`.
public struct ByteSize: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The bytes.
  public var bytes: Int

  /// Makes a size.
  public init(bytes: Int) { self.bytes = bytes }

  /// Kibibytes.
  public static func kibibytes(_ count: Int) -> ByteSize { ByteSize(bytes: count << 10) }
  /// Mebibytes.
  public static func mebibytes(_ count: Int) -> ByteSize { ByteSize(bytes: count << 20) }
  /// Gibibytes.
  public static func gibibytes(_ count: Int) -> ByteSize { ByteSize(bytes: count << 30) }

  private static let units: [(name: String, factor: Int)] = [
    ("gib", 1 << 30), ("mib", 1 << 20), ("kib", 1 << 10), ("gb", 1_000_000_000), ("mb", 1_000_000), ("kb", 1000),
    ("g", 1 << 30), ("m", 1 << 20), ("k", 1 << 10), ("b", 1),
  ]

  /// Reads a whole number with or without a unit; nil when `text` is none.
  public init?(_ text: String) {
    let lowered = text.lowercased().filter { $0 != " " }
    let unit = Self.units.first { lowered.hasSuffix($0.name) }
    guard let number = Int(lowered.dropLast(unit?.name.count ?? 0)), number >= 0 else { return nil }
    let (bytes, overflow) = number.multipliedReportingOverflow(by: unit?.factor ?? 1)
    guard !overflow else { return nil }
    self.init(bytes: bytes)
  }

  /// The size in the largest binary unit that divides it, else in bytes.
  public var description: String {
    for (name, shift) in [("GiB", 30), ("MiB", 20), ("KiB", 10)] where bytes > 0 && bytes % (1 << shift) == 0 {
      return "\(bytes >> shift) \(name)"
    }
    return "\(bytes) B"
  }

  /// Orders by size.
  public static func < (left: ByteSize, right: ByteSize) -> Bool { left.bytes < right.bytes }
}
