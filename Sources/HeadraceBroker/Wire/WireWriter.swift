/// Writes a message. Record sets that `sendfile` will put on the wire are left out: the writer notes where they belong.
struct WireWriter: WireCoder {
  /// A place in `bytes` at which so many bytes from elsewhere belong.
  struct Splice: Hashable, Sendable {
    var position: Int
    var count: Int
  }

  let version: Int16
  let isFlexible: Bool
  private(set) var bytes: [UInt8]
  private(set) var splices: [Splice] = []

  init(version: Int16 = 0, flexible: Bool = false, capacity: Int = 128) {
    self.version = version
    self.isFlexible = flexible
    bytes = []
    bytes.reserveCapacity(capacity)
  }

  /// The number of bytes on the wire, splices included.
  var totalCount: Int { splices.reduce(bytes.count) { $0 + $1.count } }

  mutating func put<T: FixedWidthInteger>(_ value: T) {
    unsafe withUnsafeBytes(of: value.bigEndian) { unsafe bytes.append(contentsOf: $0) }
  }

  /// Overwrites an integer written before.
  mutating func set<T: FixedWidthInteger>(_ value: T, at position: Int) {
    var rest = value
    for index in (0..<MemoryLayout<T>.size).reversed() {
      bytes[position + index] = UInt8(truncatingIfNeeded: rest)
      rest >>= 8
    }
  }

  mutating func integer<T: FixedWidthInteger>(_ value: inout T) { put(value) }

  mutating func unsignedVarint(_ value: UInt32) {
    var rest = value
    while rest > 0x7f {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  mutating func string(_ value: inout String) throws(WireError) {
    var optional: String? = value
    try nullableString(&optional)
  }

  mutating func nullableString(_ value: inout String?) throws(WireError) {
    guard let text = value else {
      if isFlexible { unsignedVarint(0) } else { put(Int16(-1)) }
      return
    }
    let count = text.utf8.count
    if isFlexible {
      unsignedVarint(UInt32(count + 1))
    } else {
      guard let short = Int16(exactly: count) else { throw .badLength(count) }
      put(short)
    }
    bytes.append(contentsOf: text.utf8)
  }

  private mutating func length(_ count: Int?) {
    if isFlexible {
      unsignedVarint(UInt32((count ?? -1) + 1))
    } else {
      put(Int32(count ?? -1))
    }
  }

  mutating func bytes(_ value: inout [UInt8]?) {
    length(value?.count)
    if let value { bytes.append(contentsOf: value) }
  }

  mutating func records(_ value: inout RecordBytes) {
    switch value {
    case .null: length(nil)
    case .owned(let owned):
      length(owned.count)
      bytes.append(contentsOf: owned)
    case .borrowed(let buffer):
      length(buffer.count)
      unsafe bytes.append(contentsOf: buffer)
    case .spliced(let count):
      length(count)
      if count > 0 { splices.append(Splice(position: bytes.count, count: count)) }
    }
  }

  mutating func count(_ value: inout Int?) { length(value) }

  mutating func tags() {
    if isFlexible { bytes.append(0) }
  }
}
