/// Walks the records of an uncompressed (or decompressed) batch, in order.
struct RecordParser {
  struct Malformed: Error {}

  /// One record; the views are windows on the batch.
  struct Record {
    /// The record with its length prefix.
    let bytes: ByteView
    let timestampDelta: Int64
    let offsetDelta: Int32
    /// Nil is a null key.
    let key: ByteView?
    /// Nil is a tombstone.
    let value: ByteView?
    /// From the key's length to the record's end: what stays when deltas are written anew.
    let afterDeltas: ByteView
  }

  private let view: ByteView
  private(set) var position = 0

  init(_ records: ByteView) { view = records }

  var isAtEnd: Bool { position == view.count }

  mutating func next() throws(Malformed) -> Record {
    let start = position
    let length = try varint()
    guard length >= 0, length <= view.count - position else { throw Malformed() }
    let end = position + Int(length)
    guard position < end else { throw Malformed() }
    position += 1  // attributes: none are defined
    let timestampDelta = try varint()
    let offsetDelta = try varint()
    guard offsetDelta >= 0, offsetDelta <= Int64(Int32.max) else { throw Malformed() }
    let afterDeltas = position
    let key = try field(before: end)
    let value = try field(before: end)
    let headers = try varint()
    guard headers >= 0, headers <= Int64(end - position) else { throw Malformed() }
    for _ in 0..<headers {
      guard try field(before: end) != nil else { throw Malformed() }
      _ = try field(before: end)
    }
    guard position == end else { throw Malformed() }
    return Record(
      bytes: view.slice(start, count: end - start), timestampDelta: timestampDelta, offsetDelta: Int32(offsetDelta),
      key: key, value: value, afterDeltas: view.slice(afterDeltas, count: end - afterDeltas))
  }

  private mutating func field(before end: Int) throws(Malformed) -> ByteView? {
    let length = try varint()
    if length < 0 { return nil }
    guard length <= Int64(end - position) else { throw Malformed() }
    defer { position += Int(length) }
    return view.slice(position, count: Int(length))
  }

  /// Zigzag, seven bits a byte, the lowest first.
  private mutating func varint() throws(Malformed) -> Int64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while position < view.count, shift < 64 {
      let byte = view[position]
      position += 1
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return Int64(bitPattern: (value >> 1) ^ (0 &- (value & 1))) }
      shift += 7
    }
    throw Malformed()
  }
}
