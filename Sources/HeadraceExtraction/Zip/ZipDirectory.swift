/// The central directory of a zip file: the one reader of zip files in the house.
///
/// The type rules and the readers of formats both look through it, so that no file can show one of them other parts
/// than the other. Every number in the file is checked before it is used, and none decides how much is allocated.
package struct ZipDirectory: Sendable {
  /// The entries, in the directory's order.
  package let entries: [ZipEntry]
  private let indices: [String: Int]
  private let lowercased: [String: Int]

  /// Reads the directory of `file`. Throws ``ZipFault``.
  package init(of file: some RandomAccessBytes, maximumEntries: Int = 10_000) throws {
    let end = try EndOfDirectory(of: file)
    guard end.entries <= maximumEntries else { throw ZipFault.tooManyEntries(end.entries) }
    var entries: [ZipEntry] = []
    var reader = LittleEndianReader(try file.bytes(at: end.offset, count: end.size))
    while entries.count < end.entries {
      guard let entry = try Self.entry(&reader, shift: end.shift, file: file.count) else { break }
      entries.append(entry)
    }
    guard entries.count == end.entries else {
      throw ZipFault.damaged("the directory names \(end.entries) entries and holds \(entries.count)")
    }
    self.entries = entries
    // The first of equal names wins, as it does for the programs that write these files.
    indices = Dictionary(entries.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    lowercased = Dictionary(
      entries.enumerated().map { ($1.name.lowercased(), $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The entry of this name; where none has it exactly, one that differs in case alone.
  package subscript(name: String) -> ZipEntry? {
    (indices[name] ?? lowercased[name.lowercased()]).map { entries[$0] }
  }

  private static func entry(_ reader: inout LittleEndianReader, shift: Int, file: Int) throws -> ZipEntry? {
    guard reader.u32() == 0x0201_4b50 else { return nil }
    guard
      reader.skip(4), let flags = reader.u16(), let method = reader.u16(), reader.skip(4),
      let crc = reader.u32(), let packed = reader.u32(), let claimed = reader.u32(),
      let nameLength = reader.u16(), let extraLength = reader.u16(), let commentLength = reader.u16(),
      reader.skip(8), let offset = reader.u32(),
      let name = reader.bytes(Int(nameLength)), let extra = reader.bytes(Int(extraLength)),
      reader.skip(Int(commentLength))
    else { throw ZipFault.damaged("the directory is cut short") }
    let wide = Zip64Field(extra, claimed: claimed, packed: packed, offset: offset)
    let compressed = wide.packed ?? UInt64(packed)
    let start = wide.offset ?? UInt64(offset)
    guard
      start <= UInt64(file), compressed <= UInt64(file), Int(start) + shift >= 0,
      Int(start) + shift + 30 <= file
    else { throw ZipFault.damaged("an entry lies outside of the file") }
    return ZipEntry(
      name: spelled(name), method: method, isEncrypted: flags & 1 != 0, crc32: crc,
      compressedSize: Int(compressed), claimedSize: Int(clamping: wide.claimed ?? UInt64(claimed)),
      headerOffset: Int(start) + shift)
  }

  /// Names are UTF-8 in the formats we read; some writers part folders by `\`, some begin with `/` or `./`.
  private static func spelled(_ bytes: [UInt8]) -> String {
    var name = String(decoding: bytes.map { $0 == 0x5c ? 0x2f : $0 }, as: UTF8.self)[...]
    if name.hasPrefix("./") { name = name.dropFirst(2) }
    while name.hasPrefix("/") { name = name.dropFirst() }
    return String(name)
  }
}

/// The record at the very end that says where the directory is.
private struct EndOfDirectory {
  var entries: Int
  var offset: Int
  var size: Int
  /// How much the file's own offsets are short of the truth, because something was put before the first entry.
  var shift: Int

  init(of file: some RandomAccessBytes) throws {
    let tailStart = max(0, file.count - 65_557)
    let tail = try file.bytes(at: tailStart, count: file.count - tailStart)
    guard var position = Self.lastSignature(in: tail) else { throw ZipFault.noDirectory }
    while true {
      if let found = try Self.parse(tail, at: position, tailStart: tailStart, file: file) {
        self = found
        return
      }
      // The signature may also stand in a comment: look further to the front.
      guard let earlier = Self.lastSignature(in: tail, before: position) else { throw ZipFault.noDirectory }
      position = earlier
    }
  }

  private init(entries: Int, offset: Int, size: Int, shift: Int) {
    self.entries = entries
    self.offset = offset
    self.size = size
    self.shift = shift
  }

  private static func parse(
    _ tail: [UInt8], at position: Int, tailStart: Int, file: some RandomAccessBytes
  ) throws -> EndOfDirectory? {
    var reader = LittleEndianReader(tail, at: position + 8)
    guard
      reader.skip(2), let count = reader.u16(), let size = reader.u32(), let offset = reader.u32()
    else { return nil }
    var wanted = (entries: UInt64(count), size: UInt64(size), offset: UInt64(offset))
    var end = tailStart + position
    if count == 0xffff || size == 0xffff_ffff || offset == 0xffff_ffff,
      let wide = try wideEnd(before: end, in: file)
    {
      wanted = (wide.entries, wide.size, wide.offset)
      end = wide.position
    }
    guard wanted.size <= UInt64(end), wanted.offset <= UInt64(end) else { return nil }
    // The directory ends where its end record begins; where the offset says otherwise, the file was prefixed.
    let start = end - Int(wanted.size)
    let shift = start - Int(wanted.offset)
    guard shift >= 0, wanted.entries <= wanted.size / 46 else { return nil }
    if wanted.entries > 0 {
      let signature = try file.bytes(at: start, count: 4)
      guard signature == [0x50, 0x4b, 0x01, 0x02] else { return nil }
    }
    return EndOfDirectory(entries: Int(wanted.entries), offset: start, size: Int(wanted.size), shift: shift)
  }

  private static func wideEnd(
    before end: Int, in file: some RandomAccessBytes
  ) throws -> (entries: UInt64, size: UInt64, offset: UInt64, position: Int)? {
    guard end >= 20 else { return nil }
    var locator = LittleEndianReader(try file.bytes(at: end - 20, count: 20))
    guard
      locator.u32() == 0x0706_4b50, locator.skip(4), let at = locator.u64(), at <= UInt64(file.count)
    else { return nil }
    var record = LittleEndianReader(try file.bytes(at: Int(at), count: 56))
    guard
      record.u32() == 0x0606_4b50, record.skip(20), record.skip(8), let entries = record.u64(),
      let size = record.u64(), let offset = record.u64()
    else { return nil }
    return (entries, size, offset, Int(at))
  }

  private static func lastSignature(in tail: [UInt8], before limit: Int? = nil) -> Int? {
    var position = min((limit ?? .max), tail.count - 21) - 1
    while position >= 0 {
      if tail[position] == 0x50, tail[position + 1] == 0x4b, tail[position + 2] == 5, tail[position + 3] == 6 {
        return position
      }
      position -= 1
    }
    return nil
  }
}

/// The extra field that carries sizes of more than 32 bits.
private struct Zip64Field {
  var claimed: UInt64?
  var packed: UInt64?
  var offset: UInt64?

  init(_ extra: [UInt8], claimed: UInt32, packed: UInt32, offset: UInt32) {
    guard claimed == .max || packed == .max || offset == .max else { return }
    var reader = LittleEndianReader(extra)
    while let id = reader.u16(), let length = reader.u16(), let body = reader.bytes(Int(length)) {
      guard id == 1 else { continue }
      var field = LittleEndianReader(body)
      if claimed == .max { self.claimed = field.u64() }
      if packed == .max { self.packed = field.u64() }
      if offset == .max { self.offset = field.u64() }
      return
    }
  }
}
