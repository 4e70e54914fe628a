/// Where batches begin in a segment: one entry for every 16 KiB, and the last batches exactly. A hint: it can always
/// be made again from the segment.
struct SegmentIndex: Sendable {
  static let interval: Int64 = 16 * 1024
  static let rememberedBatches = 512

  struct Entry: Equatable, Sendable {
    /// Base offset of the batch that begins at `position`.
    var offset: Int64
    var position: Int64
    /// The largest timestamp of all batches before it.
    var maxTimestampBefore: Int64
  }

  private(set) var entries: [Entry] = []
  /// The last batches of the segment, one entry each.
  private var recent: [Entry] = []
  /// Bytes of the segment, from its start, that the index knows of.
  private(set) var coveredBytes: Int64 = 0
  private var maxTimestamp: Int64 = -1
  /// Entries that the hint file holds already.
  var persistedEntries = 0

  init() {}

  /// Takes in the batch that begins where the index ends.
  mutating func add(_ header: RecordBatchHeader, at position: Int64) {
    guard position == coveredBytes else { return }
    let entry = Entry(offset: header.baseOffset, position: position, maxTimestampBefore: maxTimestamp)
    if entries.last.map({ position - $0.position >= Self.interval }) ?? true { entries.append(entry) }
    if recent.count == Self.rememberedBatches { recent.removeFirst(Self.rememberedBatches / 2) }
    recent.append(entry)
    coveredBytes += Int64(header.byteCount)
    maxTimestamp = max(maxTimestamp, header.maxTimestamp)
  }

  /// The last known batch that begins at or before `offset`.
  func entry(before offset: Int64) -> Entry? { last { $0.offset <= offset } }

  /// The last known batch that begins at or before both.
  func entry(beforePosition position: Int64, offset: Int64) -> Entry? {
    last { $0.position <= position && $0.offset <= offset }
  }

  /// A batch before which no timestamp reaches `timestamp`: as late as is known.
  func entry(beforeTimestamp timestamp: Int64) -> Entry? { last { $0.maxTimestampBefore < timestamp } }

  /// The last entry for which a condition holds that holds for all before it.
  private func last(where holds: (Entry) -> Bool) -> Entry? {
    if let first = recent.first, holds(first) { return recent[recent.partitioningIndex(holds) - 1] }
    let index = entries.partitioningIndex(holds)
    return index > 0 ? entries[index - 1] : nil
  }

  // MARK: The hint file

  static let encodedEntryBytes = 28

  /// The entries that the hint file lacks, as bytes; the caller counts them in `persistedEntries`.
  func encodedNewEntries() -> [UInt8] {
    var writer = ByteWriter(capacity: (entries.count - persistedEntries) * Self.encodedEntryBytes)
    for entry in entries[persistedEntries...] {
      var one = ByteWriter(capacity: Self.encodedEntryBytes)
      one.put(entry.offset)
      one.put(entry.position)
      one.put(entry.maxTimestampBefore)
      writer.putRaw(one.bytes)
      writer.put(CRC32C.checksum(one.bytes))
    }
    return writer.bytes
  }

  /// What a hint file holds of a segment of `size` bytes: up to the first entry that cannot be right. The batch of
  /// the last entry is left to be scanned again.
  init(hints: [UInt8], base: Int64, size: Int64) {
    hints.withView { view in
      var position = 0
      while position + Self.encodedEntryBytes <= view.count {
        let raw = view.slice(position, count: Self.encodedEntryBytes)
        guard CRC32C.checksum(raw.slice(0, count: 24)) == raw.uint32(24) else { break }
        let entry = Entry(offset: raw.int64(0), position: raw.int64(8), maxTimestampBefore: raw.int64(16))
        if let last = entries.last {
          guard entry.offset > last.offset, entry.position > last.position else { break }
        } else {
          guard entry.position == 0, entry.offset >= base else { break }
        }
        guard entry.position < size else { break }
        entries.append(entry)
        position += Self.encodedEntryBytes
      }
    }
    if let last = entries.popLast() {
      coveredBytes = last.position
      maxTimestamp = last.maxTimestampBefore
    }
    persistedEntries = entries.count
  }
}
