internal import FoundationEssentials
internal import Synchronization

/// A topic: its name is free again once it is deleted, its id never comes back.
final class Topic: Sendable {
  let name: String
  let id: UUID
  let settings: TopicSettings
  private let state: Mutex<State>

  private struct State {
    var partitions: [Partition]
    var isDeleted = false
  }

  init(name: String, id: UUID, configuration: TopicConfiguration) {
    self.name = name
    self.id = id
    settings = TopicSettings(configuration)
    state = Mutex(State(partitions: []))
  }

  /// In the order of their indexes.
  var partitions: [Partition] { state.withLock { $0.partitions } }
  var configuration: TopicConfiguration { settings.configuration }
  var isDeleted: Bool { state.withLock { $0.isDeleted } }

  func partition(_ index: Int32) -> Partition? {
    state.withLock { $0.partitions.indices.contains(Int(index)) ? $0.partitions[Int(index)] : nil }
  }

  // MARK: For the store, under its lock for topics

  func add(_ partitions: [Partition]) { state.withLock { $0.partitions += partitions } }
  func set(_ configuration: TopicConfiguration) { settings.set(configuration) }
  func markDeleted() { state.withLock { $0.isDeleted = true } }

  /// The journal's and the checkpoint's record of it.
  func encode(partitionCount: Int, overrides: [String: String], to writer: inout ByteWriter) {
    writer.put(id)
    writer.putString(name)
    writer.put(UInt32(partitionCount))
    writer.put(UInt32(overrides.count))
    for (key, value) in overrides.sorted(by: { $0.key < $1.key }) {
      writer.putString(key)
      writer.putString(value)
    }
  }

  /// What `encode` wrote.
  struct Record {
    let id: UUID
    let name: String
    let partitionCount: Int
    let overrides: [String: String]

    init(from reader: inout ByteReader) throws(ByteReader.Malformed) {
      id = try reader.getUUID()
      name = try reader.getString()
      partitionCount = Int(try reader.get(UInt32.self))
      var overrides: [String: String] = [:]
      for _ in 0..<(try reader.get(UInt32.self)) {
        let key = try reader.getString()
        overrides[key] = try reader.getString()
      }
      self.overrides = overrides
    }
  }
}
