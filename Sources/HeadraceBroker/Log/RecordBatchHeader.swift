/// The 61 bytes in front of the records of a batch (format v2).
struct RecordBatchHeader: Equatable, Sendable {
  static let byteCount = 61
  /// Bytes before those that `batchLength` counts.
  static let lengthOverhead = 12
  /// Where the bytes begin that the checksum covers.
  static let checksumStart = 21

  var baseOffset: Int64
  var batchLength: Int32
  var partitionLeaderEpoch: Int32
  var magic: Int8
  var crc: UInt32
  var attributes: Int16
  var lastOffsetDelta: Int32
  var baseTimestamp: Int64
  var maxTimestamp: Int64
  var producerId: Int64
  var producerEpoch: Int16
  var baseSequence: Int32
  var recordCount: Int32

  /// Nil when there are fewer than 61 bytes. Checks nothing else.
  init?(_ view: ByteView) {
    guard view.count >= Self.byteCount else { return nil }
    baseOffset = view.int64(0)
    batchLength = view.int32(8)
    partitionLeaderEpoch = view.int32(12)
    magic = view.int8(16)
    crc = view.uint32(17)
    attributes = view.int16(21)
    lastOffsetDelta = view.int32(23)
    baseTimestamp = view.int64(27)
    maxTimestamp = view.int64(35)
    producerId = view.int64(43)
    producerEpoch = view.int16(51)
    baseSequence = view.int32(53)
    recordCount = view.int32(57)
  }

  init?(_ bytes: UnsafeRawBufferPointer) { unsafe self.init(ByteView(bytes)) }

  /// Bytes of the whole batch, this header included.
  var byteCount: Int { Int(batchLength) + Self.lengthOverhead }
  var lastOffset: Int64 { baseOffset + Int64(lastOffsetDelta) }
  var nextOffset: Int64 { lastOffset + 1 }
  var compression: CompressionType? { CompressionType(rawValue: UInt8(attributes & 0x07)) }
  var usesLogAppendTime: Bool { attributes & 0x08 != 0 }
  var isTransactional: Bool { attributes & 0x10 != 0 }
  var isControl: Bool { attributes & 0x20 != 0 }
  /// The base timestamp is the moment from which tombstones and markers of the batch may go.
  var hasDeleteHorizon: Bool { attributes & 0x40 != 0 }
  var hasProducer: Bool { producerId >= 0 }
  /// The sequence number of the last record; numbers begin again at 0 behind Int32.max.
  var lastSequence: Int32 { RecordBatchHeader.sequence(baseSequence, plus: lastOffsetDelta) }

  static func sequence(_ sequence: Int32, plus delta: Int32) -> Int32 {
    sequence > Int32.max - delta ? delta - (Int32.max - sequence) - 1 : sequence + delta
  }

  /// The 61 bytes.
  func encoded() -> [UInt8] {
    var writer = ByteWriter(capacity: Self.byteCount)
    writer.put(baseOffset)
    writer.put(batchLength)
    writer.put(partitionLeaderEpoch)
    writer.put(magic)
    writer.put(crc)
    writer.put(attributes)
    writer.put(lastOffsetDelta)
    writer.put(baseTimestamp)
    writer.put(maxTimestamp)
    writer.put(producerId)
    writer.put(producerEpoch)
    writer.put(baseSequence)
    writer.put(recordCount)
    return writer.bytes
  }
}
