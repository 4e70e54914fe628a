/// The content of the state store at a journal number.
struct StateStoreImage: Sendable {
  var values: [[UInt8]: [UInt8]] = [:]
  var appliedNumber: UInt64 = 0

  mutating func apply(_ changes: [StateChange], number: UInt64) {
    guard number > appliedNumber else { return }
    for change in changes { values[change.key] = change.value }
    appliedNumber = number
  }

  static func encode(_ changes: [StateChange], to writer: inout ByteWriter) {
    writer.put(UInt32(changes.count))
    for change in changes {
      writer.putBytes(change.key)
      writer.putOptional(change.value)
    }
  }

  static func decode(_ reader: inout ByteReader) throws(ByteReader.Malformed) -> [StateChange] {
    var changes: [StateChange] = []
    for _ in 0..<(try reader.get(UInt32.self)) {
      let key = try reader.getBytes()
      changes.append(StateChange(key: key, value: try reader.getOptional()))
    }
    return changes
  }

  func encode(to writer: inout ByteWriter) {
    writer.put(appliedNumber)
    writer.put(UInt32(values.count))
    for (key, value) in values {
      writer.putBytes(key)
      writer.putBytes(value)
    }
  }

  init(values: [[UInt8]: [UInt8]] = [:], appliedNumber: UInt64 = 0) {
    self.values = values
    self.appliedNumber = appliedNumber
  }

  init(from reader: inout ByteReader) throws(ByteReader.Malformed) {
    appliedNumber = try reader.get(UInt64.self)
    let count = Int(try reader.get(UInt32.self))
    values.reserveCapacity(min(count, reader.remaining / 8))
    for _ in 0..<count {
      let key = try reader.getBytes()
      values[key] = try reader.getBytes()
    }
  }
}
