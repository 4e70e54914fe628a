internal import FoundationEssentials

/// Reads what `ByteWriter` wrote. Running past the end is an error, never a trap: the bytes come from a disk.
struct ByteReader {
  struct Malformed: Error {}

  private let view: ByteView
  private(set) var position = 0

  init(_ view: ByteView) { self.view = view }

  var remaining: Int { view.count - position }

  mutating func get<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type = T.self) throws(Malformed) -> T {
    let raw = try take(MemoryLayout<T>.size)
    var value: T = 0
    for index in 0..<raw.count { value = (value << 8) | T(truncatingIfNeeded: raw[index]) }
    return value
  }

  mutating func getBool() throws(Malformed) -> Bool { try get(UInt8.self) != 0 }

  mutating func getUUID() throws(Malformed) -> UUID {
    let raw = try take(16)
    var uuid = UUID().uuid
    unsafe withUnsafeMutableBytes(of: &uuid) { target in
      for index in 0..<16 { unsafe target[index] = raw[index] }
    }
    return UUID(uuid: uuid)
  }

  mutating func getView() throws(Malformed) -> ByteView { try take(Int(try get(UInt32.self))) }

  mutating func getBytes() throws(Malformed) -> [UInt8] { try getView().array() }

  mutating func getOptional() throws(Malformed) -> [UInt8]? {
    let count = try get(Int32.self)
    return count < 0 ? nil : try take(Int(count)).array()
  }

  mutating func getString() throws(Malformed) -> String { String(decoding: try getBytes(), as: UTF8.self) }

  mutating func take(_ count: Int) throws(Malformed) -> ByteView {
    guard count >= 0, count <= remaining else { throw Malformed() }
    defer { position += count }
    return view.slice(position, count: count)
  }
}
