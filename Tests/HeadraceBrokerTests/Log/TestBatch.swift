@testable import HeadraceBroker

/// Record batches as a producer sends them.
struct TestBatch {
  struct Record {
    var key: [UInt8]?
    var value: [UInt8]?
    var timestamp: Int64 = 1_000_000
  }

  var records: [Record]
  var producerId: Int64 = -1
  var epoch: Int16 = -1
  var sequence: Int32 = -1
  var isTransactional = false
  var compression = CompressionType.none

  init(_ values: String..., timestamp: Int64 = 1_000_000) {
    records = values.map { Record(key: nil, value: Array($0.utf8), timestamp: timestamp) }
  }

  init(records: [Record]) { self.records = records }

  /// One record of `count` bytes.
  init(bytes count: Int, filling: UInt8 = 7) {
    records = [Record(key: nil, value: [UInt8](repeating: filling, count: count))]
  }

  func from(_ producerId: Int64, epoch: Int16 = 0, sequence: Int32, transactional: Bool = false) -> TestBatch {
    var copy = self
    copy.producerId = producerId
    copy.epoch = epoch
    copy.sequence = sequence
    copy.isTransactional = transactional
    return copy
  }

  func compressed(_ type: CompressionType) -> TestBatch {
    var copy = self
    copy.compression = type
    return copy
  }

  var bytes: [UInt8] {
    let base = records.first?.timestamp ?? 0
    var plain: [UInt8] = []
    for (index, record) in records.enumerated() {
      var body: [UInt8] = [0]
      RecordBatchBuilder.putVarint(record.timestamp - base, to: &body)
      RecordBatchBuilder.putVarint(Int64(index), to: &body)
      for field in [record.key, record.value] {
        RecordBatchBuilder.putVarint(Int64(field?.count ?? -1), to: &body)
        body += field ?? []
      }
      RecordBatchBuilder.putVarint(0, to: &body)
      RecordBatchBuilder.putVarint(Int64(body.count), to: &plain)
      plain += body
    }
    var header = RecordBatchBuilder.marker(
      offset: 0, producerId: producerId, epoch: epoch, commit: true, coordinatorEpoch: 0, timestamp: base
    ).withView { RecordBatchHeader($0)! }
    header.attributes = Int16(compression.rawValue) | (isTransactional ? 0x10 : 0)
    header.lastOffsetDelta = Int32(records.count - 1)
    header.maxTimestamp = records.map(\.timestamp).max() ?? base
    header.baseSequence = sequence
    header.recordCount = Int32(records.count)
    return RecordBatchBuilder.seal(header, records: try! Compression.compress(plain, compression))
  }
}

extension Partition {
  /// Appends and waits until it is durable.
  @discardableResult
  func produce(_ batch: TestBatch) throws(LogError) -> AppendResult {
    let result = try batch.bytes.withView { (view) throws(LogError) in try append(view) }
    try result.ticket.wait(until: .after(.seconds(30)))
    return result
  }

  /// What a reader gets: all records from an offset on.
  func records(
    from: Int64 = 0, isolation: Isolation = .readUncommitted, maxBytes: Int = 1 << 30
  ) throws(LogError) -> [ReadRecord] {
    var result: [ReadRecord] = []
    var from = from
    while true {
      let read = try read(from: from, maxBytes: maxBytes, minOneBatch: true, isolation: isolation)
      let batches = try read.batches()
      guard let last = batches.last else { return result }
      for batch in batches { result += batch.records.filter { $0.offset >= from } }
      from = last.header.nextOffset
    }
  }
}

/// A record as a reader sees it.
struct ReadRecord: Equatable {
  var offset: Int64
  var key: [UInt8]?
  var value: [UInt8]?
  var timestamp: Int64
  var producerId: Int64
  var isControl: Bool

  var text: String { value.map { String(decoding: $0, as: UTF8.self) } ?? "nil" }
}

/// A batch as a reader sees it; its checksum is right.
struct ReadBatch {
  let header: RecordBatchHeader
  let records: [ReadRecord]
}

extension ReadResult {
  /// The batches of all slices, read from their files.
  func batches() throws(LogError) -> [ReadBatch] {
    var result: [ReadBatch] = []
    for slice in slices {
      let bytes = try onDisk { () throws(FileError) in try slice.file.file.read(at: slice.position, count: slice.length)
      }
      guard bytes.count == slice.length else { throw .storage("the slice is longer than the file") }
      try bytes.withView { (view) throws(LogError) in
        var rest = view
        while rest.count > 0 {
          guard let header = RecordBatchHeader(rest), header.byteCount <= rest.count else {
            throw .storage("not whole batches")
          }
          let batch = rest.slice(0, count: header.byteCount)
          guard CRC32C.checksum(batch.dropFirst(21)) == header.crc else {
            throw .corruptMessage("checksum at \(header.baseOffset)")
          }
          result.append(try Self.parse(header, batch))
          rest = rest.dropFirst(header.byteCount)
        }
      }
    }
    return result
  }

  private static func parse(_ header: RecordBatchHeader, _ batch: ByteView) throws(LogError) -> ReadBatch {
    do {
      let plain = try Compression.decompress(batch.dropFirst(61), header.compression!, limit: 1 << 28)
      return try plain.withView { view in
        var parser = RecordParser(view)
        var records: [ReadRecord] = []
        while !parser.isAtEnd {
          let record = try parser.next()
          records.append(
            ReadRecord(
              offset: header.baseOffset + Int64(record.offsetDelta), key: record.key?.array(),
              value: record.value?.array(),
              timestamp: header.baseTimestamp + record.timestampDelta, producerId: header.producerId,
              isControl: header.isControl))
        }
        return ReadBatch(header: header, records: records)
      }
    } catch {
      throw .storage("\(error)")
    }
  }
}
