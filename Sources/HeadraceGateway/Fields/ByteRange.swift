/// A `Range` of bytes (RFC 9110): one range; anything else is ignored, as it may be.
enum ByteRange: Sendable, Hashable {
  case whole
  case part(Range<Int64>)
  case unsatisfiable

  static func read(_ value: String?, size: Int64) -> ByteRange {
    guard let value, value.hasPrefix("bytes="), !value.contains(",") else { return .whole }
    let parts = value.dropFirst(6).split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2,
      parts.allSatisfy({ $0.utf8.count <= 18 && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } })
    else { return .whole }
    switch (Int64(parts[0]), Int64(parts[1])) {
    case (nil, let suffix?): return suffix == 0 || size == 0 ? .unsatisfiable : .part(max(0, size - suffix)..<size)
    case (let first?, let last):
      if let last, last < first { return .whole }
      return first >= size ? .unsatisfiable : .part(first..<min(size, (last ?? size - 1) + 1))
    case (nil, nil): return .whole
    }
  }
}
