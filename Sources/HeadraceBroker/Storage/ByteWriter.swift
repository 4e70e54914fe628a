internal import FoundationEssentials

/// Builds the log's own encodings (journal, checkpoint): big-endian integers and length-prefixed bytes.
struct ByteWriter {
  private(set) var bytes: [UInt8] = []

  init(capacity: Int = 0) { bytes.reserveCapacity(capacity) }

  var count: Int { bytes.count }

  mutating func put<T: FixedWidthInteger & BitwiseCopyable>(_ value: T) {
    unsafe withUnsafeBytes(of: value.bigEndian) { unsafe bytes.append(contentsOf: $0) }
  }

  mutating func put(_ value: Bool) { bytes.append(value ? 1 : 0) }

  mutating func put(_ value: UUID) {
    var uuid = value.uuid
    unsafe withUnsafeBytes(of: &uuid) { unsafe bytes.append(contentsOf: $0) }
  }

  /// A 32-bit length, then the bytes.
  mutating func putBytes(_ value: [UInt8]) {
    put(UInt32(value.count))
    bytes.append(contentsOf: value)
  }

  /// As `putBytes`; nil has the length -1.
  mutating func putOptional(_ value: [UInt8]?) {
    guard let value else { return put(Int32(-1)) }
    put(Int32(value.count))
    bytes.append(contentsOf: value)
  }

  mutating func putString(_ value: String) { putBytes(Array(value.utf8)) }

  mutating func putRaw(_ view: ByteView) { unsafe bytes.append(contentsOf: view.pointer) }

  mutating func putRaw(_ raw: [UInt8]) { bytes.append(contentsOf: raw) }

  mutating func patch(_ value: UInt32, at: Int) {
    unsafe withUnsafeBytes(of: value.bigEndian) { source in
      for unsafe(index, byte) in unsafe source.enumerated() { bytes[at + index] = byte }
    }
  }
}
