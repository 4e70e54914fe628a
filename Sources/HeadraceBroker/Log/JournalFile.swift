/// One of the journal's two files: a header, then records one behind the other until a bad checksum, a number that
/// is not the next, or the end.
///
/// ```
/// header  8 magic "HRJOURNL" · u32 format · u64 salt · u64 first number · u64 boot · u8 synced · zeros · u32 CRC-32C of all before it (64 bytes)
/// record  u32 length of what follows · u32 CRC-32C · u64 number · u8 kind · body
/// ```
/// A record's checksum covers body, length, number, kind and the salt of its opening, so that a well-formed record
/// that an earlier use of the file left behind is not taken for the next one.
struct JournalFile {
  static let headerBytes = 64
  /// Bytes of a record that are not its body.
  static let recordOverhead = 17
  static let format: UInt32 = 1
  static let magic: [UInt8] = Array("HRJOURNL".utf8)

  let file: any StoredFile
  /// Bytes that are written already: within them a sync need not touch the file's metadata.
  var capacity: Int64

  struct Header: Equatable {
    var salt: UInt64
    var firstNumber: UInt64
    /// The start of the operating system that wrote it.
    var boot: UInt64
    /// Whether commits were synced.
    var isSynced: Bool

    func encoded() -> [UInt8] {
      var writer = ByteWriter(capacity: JournalFile.headerBytes)
      writer.putRaw(JournalFile.magic)
      writer.put(JournalFile.format)
      writer.put(salt)
      writer.put(firstNumber)
      writer.put(boot)
      writer.put(isSynced)
      writer.putRaw([UInt8](repeating: 0, count: JournalFile.headerBytes - 4 - writer.count))
      writer.put(CRC32C.checksum(writer.bytes))
      return writer.bytes
    }

    /// Nil for a file that was never used, or torn.
    static func decode(_ view: ByteView) -> Header? {
      guard view.count >= JournalFile.headerBytes else { return nil }
      let covered = view.slice(0, count: JournalFile.headerBytes - 4)
      guard CRC32C.checksum(covered) == view.uint32(JournalFile.headerBytes - 4),
        view.slice(0, count: 8).array() == JournalFile.magic, view.uint32(8) == JournalFile.format
      else { return nil }
      return Header(
        salt: view.uint64(12), firstNumber: view.uint64(20), boot: view.uint64(28), isSynced: view[36] != 0)
    }
  }

  static func checksum(body: UInt32, length: UInt32, number: UInt64, kind: UInt8, salt: UInt64) -> UInt32 {
    var tail = ByteWriter(capacity: 21)
    tail.put(length)
    tail.put(number)
    tail.put(kind)
    tail.put(salt)
    return CRC32C.checksum(tail.bytes, seed: body)
  }

  /// Writes zeros up to `size`, so that later writes find written blocks.
  mutating func fill(to size: Int64) throws(FileError) {
    if capacity >= size { return }
    let zeros = [UInt8](repeating: 0, count: 1 << 20)
    var position = capacity
    while position < size {
      let count = min(Int64(zeros.count), size - position)
      try zeros.withView { (view) throws(FileError) in try file.write(view.slice(0, count: Int(count)), at: position) }
      position += count
    }
    try file.sync()
    capacity = size
  }

  /// Reads the file's header; nil when it holds nothing.
  func header() throws(FileError) -> Header? {
    try file.read(at: 0, count: Self.headerBytes).withView { Header.decode($0) }
  }

  /// Hands every record of the chain to `body`, in order.
  ///
  /// - Returns: the number of the last one; the first number - 1 when there is none.
  func replay(
    _ header: Header,
    _ body: (_ number: UInt64, _ kind: JournalRecordKind, _ content: ByteView) throws(LogError) -> Void
  ) throws(LogError) -> UInt64 {
    var expected = header.firstNumber
    var position = Int64(Self.headerBytes)
    var chunk: [UInt8] = []
    var chunkStart = position
    var wanted = 1 << 20
    do throws(FileError) { chunk = try file.read(at: position, count: wanted) } catch { throw LogError(error) }
    while true {
      let offset = Int(position - chunkStart)
      // The whole record, if it is one: more is read when it crosses the chunk's end.
      let length = offset + 4 <= chunk.count ? Int(chunk.withView { $0.uint32(offset) }) : -1
      if length < 0 || offset + 4 + length > chunk.count {
        if chunk.count < wanted && length < 0 || length > Self.largestRecord { break }
        let again = max(1 << 20, length + 4)
        if offset == 0, again <= wanted { break }  // the file ends inside it
        wanted = again
        chunkStart = position
        do throws(FileError) { chunk = try file.read(at: position, count: wanted) } catch { throw LogError(error) }
        if chunk.count < 4 { break }
        continue
      }
      guard length >= Self.recordOverhead - 4 else { break }
      let isNext = try chunk.withView { (view) throws(LogError) -> Bool in
        let record = view.slice(offset + 4, count: length)
        let number = record.uint64(4)
        let content = record.dropFirst(Self.recordOverhead - 4)
        let checksum = Self.checksum(
          body: CRC32C.checksum(content), length: UInt32(length), number: number, kind: record[12], salt: header.salt)
        guard checksum == record.uint32(0), number == expected else { return false }
        guard let kind = JournalRecordKind(rawValue: record[12]) else {
          throw .storage("the journal holds a record of kind \(record[12]), which this version does not know")
        }
        try body(number, kind, content)
        return true
      }
      guard isNext else { break }
      expected += 1
      position += Int64(4 + length)
    }
    return expected - 1
  }

  /// No record is longer: a length beyond it is garbage.
  static let largestRecord = 1 << 30
}
