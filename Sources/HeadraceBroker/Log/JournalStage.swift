/// The records of one commit cycle while they gather: bytes as they go to disk, and what to do once they are there.
///
/// Owned by the journal: filled under its lock, then lent to the committer.
@safe final class JournalStage {
  /// Room in front for the header of a journal file, should the cycle open a new one.
  static let headroom = JournalFile.headerBytes

  private var memory: UnsafeMutableRawBufferPointer
  private(set) var count = 0
  /// The running number of the last record; 0 when empty.
  private(set) var lastNumber: UInt64 = 0
  private(set) var firstNumber: UInt64 = 0
  /// Segments whose bytes must be on disk before the records that vouch for them.
  private(set) var filesToSync: [SegmentFile] = []
  private(set) var advances: [Advance] = []

  /// A partition whose batches up to `end` are in the stage.
  struct Advance {
    let partition: Partition
    var end: Int64
    /// The partition's running count of bytes appended, at `end`.
    var appendedBytes: Int64
  }

  init(capacity: Int) {
    unsafe memory = .allocate(byteCount: Self.headroom + capacity, alignment: 4096)
  }

  deinit { unsafe memory.deallocate() }

  var isEmpty: Bool { count == 0 }

  /// The records alone.
  var records: ByteView {
    unsafe ByteView(UnsafeRawBufferPointer(rebasing: memory[Self.headroom..<(Self.headroom + count)]))
  }

  /// A file's header followed by the records.
  func recordsBehind(header: [UInt8]) -> ByteView {
    precondition(header.count == Self.headroom)
    for (index, byte) in header.enumerated() { unsafe memory[index] = byte }
    return unsafe ByteView(UnsafeRawBufferPointer(rebasing: memory[..<(Self.headroom + count)]))
  }

  /// Adds a record: length, checksum, number, kind, then the parts of the body.
  func add(number: UInt64, kind: JournalRecordKind, salt: UInt64, body: JournalBody) {
    let length = JournalFile.recordOverhead - 4 + body.count
    grow(to: count + 4 + length)
    var head = ByteWriter(capacity: JournalFile.recordOverhead)
    head.put(UInt32(length))
    head.put(
      JournalFile.checksum(body: body.checksum, length: UInt32(length), number: number, kind: kind.rawValue, salt: salt)
    )
    head.put(number)
    head.put(kind.rawValue)
    head.bytes.withView { copy($0) }
    copy(body.first)
    copy(body.second)
    copy(body.third)
    if firstNumber == 0 { firstNumber = number }
    lastNumber = number
  }

  func add(_ advance: Advance) {
    if let last = advances.last, last.partition === advance.partition {
      advances[advances.count - 1] = advance
    } else {
      advances.append(advance)
    }
  }

  func addFileToSync(_ file: SegmentFile) {
    if !filesToSync.contains(where: { $0 === file }) { filesToSync.append(file) }
  }

  /// Lets go of the partitions and files that wait for its records.
  func forgetPartitions() {
    filesToSync.removeAll(keepingCapacity: true)
    advances.removeAll(keepingCapacity: true)
  }

  func reset(keeping capacity: Int) {
    count = 0
    lastNumber = 0
    firstNumber = 0
    forgetPartitions()
    if unsafe memory.count > Self.headroom + 2 * capacity {
      unsafe memory.deallocate()
      unsafe memory = .allocate(byteCount: Self.headroom + capacity, alignment: 4096)
    }
  }

  private func copy(_ view: ByteView) {
    guard view.count > 0 else { return }
    let target = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[(Self.headroom + count)...])
    unsafe target.copyMemory(from: view.pointer)
    count += view.count
  }

  private func grow(to needed: Int) {
    guard unsafe Self.headroom + needed > memory.count else { return }
    let larger = unsafe UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(Self.headroom + needed, memory.count * 2), alignment: 4096)
    unsafe larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[..<(Self.headroom + count)]))
    unsafe memory.deallocate()
    unsafe memory = larger
  }
}
