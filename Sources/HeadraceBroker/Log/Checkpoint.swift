/// Everything that recovery needs to know besides the journal's records behind `number`: topics, partitions, state.
///
/// Two files take turns, so that one is whole whatever happens while the other is written.
/// ```
/// 8 magic "HRCHECKP" · u32 format · u64 number · u64 length · body · u32 CRC-32C of all before it
/// ```
struct Checkpoint {
  static let magic: [UInt8] = Array("HRCHECKP".utf8)
  static let format: UInt32 = 1
  static let headBytes = 28
  static let fileNames = ["checkpoint.0", "checkpoint.1"]

  /// Every journal record up to this one is in the body.
  let number: UInt64
  let body: [UInt8]

  init(number: UInt64, body: [UInt8]) {
    self.number = number
    self.body = body
  }

  func encoded() -> [UInt8] {
    var writer = ByteWriter(capacity: Self.headBytes + body.count + 4)
    writer.putRaw(Self.magic)
    writer.put(Self.format)
    writer.put(number)
    writer.put(UInt64(body.count))
    writer.putRaw(body)
    writer.put(CRC32C.checksum(writer.bytes))
    return writer.bytes
  }

  /// Nil for a file that holds none, or a torn one.
  init?(_ bytes: [UInt8]) {
    let parts: (UInt64, [UInt8])? = bytes.withView { view in
      guard view.count >= Self.headBytes + 4, view.slice(0, count: 8).array() == Self.magic,
        view.uint32(8) == Self.format
      else { return nil }
      let length = view.uint64(20)
      guard length <= UInt64(view.count - Self.headBytes - 4) else { return nil }
      let covered = view.slice(0, count: Self.headBytes + Int(length))
      guard CRC32C.checksum(covered) == view.uint32(covered.count) else { return nil }
      return (view.uint64(12), covered.dropFirst(Self.headBytes).array())
    }
    guard let parts else { return nil }
    number = parts.0
    body = parts.1
  }
}
