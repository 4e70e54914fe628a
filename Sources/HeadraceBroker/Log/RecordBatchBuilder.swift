/// Makes batches of the log's own: transaction markers, and what compaction leaves of a batch.
enum RecordBatchBuilder {
  /// A batch of one control record that ends a transaction.
  ///
  /// - Parameters:
  ///   - offset: The marker's own offset.
  ///   - timestamp: Milliseconds since 1970.
  static func marker(
    offset: Int64, producerId: Int64, epoch: Int16, commit: Bool, coordinatorEpoch: Int32, timestamp: Int64
  ) -> [UInt8] {
    var body = ByteWriter(capacity: 20)
    body.put(UInt8(0))  // attributes
    body.put(UInt8(0))  // timestamp delta
    body.put(UInt8(0))  // offset delta
    body.put(UInt8(8))  // key: 4 bytes, zigzag
    body.put(Int16(0))  // version
    body.put(Int16(commit ? 1 : 0))
    body.put(UInt8(12))  // value: 6 bytes
    body.put(Int16(0))
    body.put(coordinatorEpoch)
    body.put(UInt8(0))  // headers
    let records = [UInt8(body.count * 2)] + body.bytes
    let empty = [UInt8](repeating: 0, count: RecordBatchHeader.byteCount)
    var header = empty.withView { RecordBatchHeader($0)! }
    header.baseOffset = offset
    header.attributes = 0x30
    header.baseTimestamp = timestamp
    header.maxTimestamp = timestamp
    header.producerId = producerId
    header.producerEpoch = epoch
    header.baseSequence = -1
    header.recordCount = 1
    return seal(header, records: records)
  }

  /// Header and records as one batch: fills in magic, length, leader epoch and checksum.
  static func seal(_ header: RecordBatchHeader, records: [UInt8]) -> [UInt8] {
    var header = header
    header.magic = 2
    header.partitionLeaderEpoch = 0
    header.batchLength = Int32(RecordBatchHeader.byteCount - RecordBatchHeader.lengthOverhead + records.count)
    header.crc = 0
    let start = RecordBatchHeader.checksumStart
    let first = header.encoded().withView { CRC32C.checksum($0.dropFirst(start)) }
    header.crc = CRC32C.checksum(records, seed: first)
    return header.encoded() + records
  }

  /// Appends a signed number as records carry it: zigzag, seven bits a byte.
  static func putVarint(_ value: Int64, to bytes: inout [UInt8]) {
    var rest = UInt64(bitPattern: (value << 1) ^ (value >> 63))
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7f) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}
