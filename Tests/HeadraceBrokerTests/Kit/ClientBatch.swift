@testable import HeadraceBroker

/// A record batch, made and taken apart without the broker's own code, but for the checksum.
struct ClientBatch: Equatable {
  struct Record: Equatable {
    var key: [UInt8]?
    var value: [UInt8]?
    var timestamp: Int64 = 0
    var headers: [(String, [UInt8]?)] = []
    var offset: Int64 = -1

    static func == (left: Self, right: Self) -> Bool {
      left.key == right.key && left.value == right.value && left.timestamp == right.timestamp
    }
  }

  var baseOffset: Int64 = 0
  var attributes: Int16 = 0
  var producerID: Int64 = -1
  var epoch: Int16 = -1
  var sequence: Int32 = -1
  var records: [Record] = []
  /// Overrides what is written, to write nonsense.
  var recordCount: Int32?
  var lastOffsetDelta: Int32?
  var magic: UInt8 = 2
  var breaksChecksum = false

  var isTransactional: Bool { attributes & 0x10 != 0 }
  var isControl: Bool { attributes & 0x20 != 0 }

  init(_ values: String..., timestamp: Int64? = nil) { self.init(values: values, timestamp: timestamp) }

  init(values: [String], timestamp: Int64? = nil) {
    let time = timestamp ?? WallClock.milliseconds()
    records = values.map { Record(key: nil, value: Array($0.utf8), timestamp: time) }
  }

  func with(_ change: (inout Self) -> Void) -> Self {
    var copy = self
    change(&copy)
    return copy
  }

  /// For an idempotent or transactional producer.
  func from(_ id: Int64, _ epoch: Int16, _ sequence: Int32, transactional: Bool = false) -> Self {
    with {
      $0.producerID = id
      $0.epoch = epoch
      $0.sequence = sequence
      if transactional { $0.attributes |= 0x10 }
    }
  }

  // MARK: Bytes

  var bytes: [UInt8] {
    let base = records.first?.timestamp ?? -1
    var body: [UInt8] = []
    for (index, record) in records.enumerated() {
      var one: [UInt8] = [0]
      Self.varint(record.timestamp - base, &one)
      Self.varint(Int64(index), &one)
      Self.bytes(record.key, &one)
      Self.bytes(record.value, &one)
      Self.varint(Int64(record.headers.count), &one)
      for (name, value) in record.headers {
        Self.bytes(Array(name.utf8), &one)
        Self.bytes(value, &one)
      }
      Self.varint(Int64(one.count), &body)
      body += one
    }
    var tail = WireWriter()
    tail.put(attributes)
    tail.put(lastOffsetDelta ?? Int32(records.count - 1))
    tail.put(base)
    tail.put(records.map(\.timestamp).max() ?? -1)
    tail.put(producerID)
    tail.put(epoch)
    tail.put(sequence)
    tail.put(recordCount ?? Int32(records.count))
    let checked = tail.bytes + body
    let crc = checked.withUnsafeBytes { CRC32C.checksum(UnsafeRawBufferPointer($0)) }
    var head = WireWriter()
    head.put(baseOffset)
    head.put(Int32(checked.count + 9))
    head.put(Int32(-1))
    head.put(magic)
    head.put(breaksChecksum ? crc ^ 1 : crc)
    return head.bytes + checked
  }

  private static func varint(_ value: Int64, _ bytes: inout [UInt8]) {
    var rest = UInt64(bitPattern: (value << 1) ^ (value >> 63))
    while rest > 0x7f {
      bytes.append(UInt8(rest & 0x7f) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  private static func bytes(_ value: [UInt8]?, _ bytes: inout [UInt8]) {
    varint(Int64(value?.count ?? -1), &bytes)
    bytes += value ?? []
  }

  /// All whole batches in what a fetch brought. Compressed ones have no records here.
  static func all(in bytes: [UInt8]) throws -> [ClientBatch] {
    try bytes.withUnsafeBytes { buffer in
      var batches: [ClientBatch] = []
      var start = 0
      while start + 61 <= buffer.count {
        var reader = WireReader(UnsafeRawBufferPointer(rebasing: buffer[start...]))
        var batch = ClientBatch(values: [])
        batch.baseOffset = try reader.next()
        let length = Int(try reader.next(Int32.self))
        guard start + 12 + length <= buffer.count else { break }
        _ = try reader.next(Int32.self)
        batch.magic = try reader.next()
        let crc = try reader.next(UInt32.self)
        let checked = UnsafeRawBufferPointer(rebasing: buffer[start + 21..<start + 12 + length])
        guard CRC32C.checksum(checked) == crc else { throw CaseFailure("a batch with a wrong checksum was served") }
        batch.attributes = try reader.next()
        batch.lastOffsetDelta = try reader.next()
        let base = try reader.next(Int64.self)
        _ = try reader.next(Int64.self)
        batch.producerID = try reader.next()
        batch.epoch = try reader.next()
        batch.sequence = try reader.next()
        let count = try reader.next(Int32.self)
        batch.recordCount = count
        if batch.attributes & 7 == 0 {
          for _ in 0..<count { batch.records.append(try record(&reader, batch.baseOffset, base)) }
        }
        batches.append(batch)
        start += 12 + length
      }
      return batches
    }
  }

  private static func record(_ reader: inout WireReader, _ offset: Int64, _ time: Int64) throws -> Record {
    _ = try signed(&reader)
    _ = try reader.next(UInt8.self)
    var record = Record(key: nil, value: nil)
    record.timestamp = time + (try signed(&reader))
    record.offset = offset + (try signed(&reader))
    record.key = try data(&reader)
    record.value = try data(&reader)
    for _ in 0..<(try signed(&reader)) {
      let name = String(decoding: try data(&reader) ?? [], as: UTF8.self)
      record.headers.append((name, try data(&reader)))
    }
    return record
  }

  private static func signed(_ reader: inout WireReader) throws -> Int64 {
    var result: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let byte = try reader.next(UInt8.self)
      result |= UInt64(byte & 0x7f) << shift
      if byte & 0x80 == 0 { break }
      shift += 7
    }
    return Int64(bitPattern: result >> 1) ^ -Int64(bitPattern: result & 1)
  }

  private static func data(_ reader: inout WireReader) throws -> [UInt8]? {
    let count = try signed(&reader)
    guard count >= 0 else { return nil }
    var bytes: [UInt8] = []
    for _ in 0..<count { bytes.append(try reader.next()) }
    return bytes
  }

  static func == (left: Self, right: Self) -> Bool { left.bytes == right.bytes }
}
