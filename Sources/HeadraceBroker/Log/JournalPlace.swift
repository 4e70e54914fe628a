internal import FoundationEssentials

/// Where in which segment a batch lies: the front of journal records about batches.
struct JournalPlace: Equatable, Sendable {
  static let byteCount = 40

  var topicId: UUID
  var partition: Int32
  var segmentBase: Int64
  var generation: Int32
  var position: Int64

  func encode(to writer: inout ByteWriter) {
    writer.put(topicId)
    writer.put(partition)
    writer.put(segmentBase)
    writer.put(generation)
    writer.put(position)
  }

  var encoded: [UInt8] {
    var writer = ByteWriter(capacity: Self.byteCount)
    encode(to: &writer)
    return writer.bytes
  }
}

extension JournalPlace {
  init(from reader: inout ByteReader) throws(ByteReader.Malformed) {
    topicId = try reader.getUUID()
    partition = try reader.get(Int32.self)
    segmentBase = try reader.get(Int64.self)
    generation = try reader.get(Int32.self)
    position = try reader.get(Int64.self)
  }
}
