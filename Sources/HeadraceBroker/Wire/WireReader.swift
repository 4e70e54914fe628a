/// Reads a message out of a frame. Every length is checked against what is left before anything is allocated or
/// touched; the number of elements of one message is bounded, so memory is too.
///
/// The buffer must outlive the reader, and what it hands out as `RecordBytes.borrowed`.
@safe
struct WireReader: WireCoder {
  /// More elements than this in one request are refused: an array's element may be one byte on the wire and a hundred
  /// in memory.
  static let maximumElements = 200_000

  let version: Int16
  let isFlexible: Bool
  private let buffer: UnsafeRawBufferPointer
  private(set) var position = 0
  private var elements = 0

  init(_ buffer: UnsafeRawBufferPointer, version: Int16 = 0, flexible: Bool = false) {
    unsafe self.buffer = buffer
    self.version = version
    self.isFlexible = flexible
  }

  /// A reader of the rest, for a message whose version became known.
  func continuing(version: Int16, flexible: Bool) -> WireReader {
    unsafe WireReader(UnsafeRawBufferPointer(rebasing: buffer[position...]), version: version, flexible: flexible)
  }

  var remaining: Int { unsafe buffer.count - position }

  mutating func integer<T: FixedWidthInteger>(_ value: inout T) throws(WireError) {
    let size = MemoryLayout<T>.size
    guard remaining >= size else { throw .truncated }
    value = unsafe T(bigEndian: buffer.loadUnaligned(fromByteOffset: position, as: T.self))
    position += size
  }

  /// The next integer.
  mutating func next<T: FixedWidthInteger>(_: T.Type = T.self) throws(WireError) -> T {
    var value: T = 0
    try integer(&value)
    return value
  }

  mutating func unsignedVarint() throws(WireError) -> UInt32 {
    var result: UInt64 = 0
    for shift in stride(from: UInt64(0), through: 28, by: 7) {
      let byte: UInt8 = try next()
      result |= UInt64(byte & 0x7f) << shift
      if byte & 0x80 == 0 {
        guard result <= UInt64(UInt32.max) else { throw .badLength(Int(result)) }
        return UInt32(result)
      }
    }
    throw .badLength(-1)
  }

  private mutating func take(_ count: Int) throws(WireError) -> UnsafeRawBufferPointer {
    guard count >= 0 else { throw .badLength(count) }
    guard count <= remaining else { throw .badLength(count) }
    let slice = unsafe UnsafeRawBufferPointer(rebasing: buffer[position..<position + count])
    position += count
    return unsafe slice
  }

  /// The length in front of a string: -1 for null.
  private mutating func stringLength() throws(WireError) -> Int {
    if isFlexible { return Int(try unsignedVarint()) - 1 }
    return Int(try next(Int16.self))
  }

  private mutating func text(_ length: Int) throws(WireError) -> String {
    let slice = unsafe try take(length)
    guard let text = unsafe String(validating: slice, as: UTF8.self) else { throw .badString }
    return text
  }

  mutating func string(_ value: inout String) throws(WireError) {
    let length = try stringLength()
    guard length != -1 else { throw .unexpectedNull }
    value = try text(length)
  }

  mutating func nullableString(_ value: inout String?) throws(WireError) {
    let length = try stringLength()
    value = length == -1 ? nil : try text(length)
  }

  private mutating func bytesLength() throws(WireError) -> Int {
    if isFlexible { return Int(try unsignedVarint()) - 1 }
    return Int(try next(Int32.self))
  }

  mutating func bytes(_ value: inout [UInt8]?) throws(WireError) {
    let length = try bytesLength()
    guard length != -1 else {
      value = nil
      return
    }
    value = unsafe [UInt8](try take(length))
  }

  mutating func records(_ value: inout RecordBytes) throws(WireError) {
    let length = try bytesLength()
    guard length != -1 else {
      value = .null
      return
    }
    value = unsafe .borrowed(try take(length))
  }

  mutating func count(_ value: inout Int?) throws(WireError) {
    let count = try bytesLength()
    guard count != -1 else {
      value = nil
      return
    }
    guard count >= 0, count <= remaining else { throw .badLength(count) }
    elements += count
    guard elements <= Self.maximumElements else { throw .tooManyElements }
    value = count
  }

  mutating func tags() throws(WireError) {
    guard isFlexible else { return }
    let count = try unsignedVarint()
    guard Int(count) <= remaining else { throw .badLength(Int(count)) }
    for _ in 0..<count {
      _ = try unsignedVarint()
      let size = try unsignedVarint()
      unsafe _ = try take(Int(size))
    }
  }
}
