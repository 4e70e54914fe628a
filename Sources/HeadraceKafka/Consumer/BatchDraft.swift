internal import CRdkafka
internal import Glibc

/// A batch that nobody has seen yet: it can still lose records whose partition is taken away or sought.
///
/// `@unchecked Sendable`: used by the polling thread, or by whoever holds the loop's lock; never by two at a time.
@safe final class BatchDraft: @unchecked Sendable {
  private var entries: UnsafeMutablePointer<KafkaBatch.Entry>
  private var capacity: Int
  private(set) var count = 0
  private(set) var bytes = 0
  private var topics: [(handle: OpaquePointer?, name: String)] = unsafe []
  /// The topic of the record before: records come in runs.
  private var lastTopic: OpaquePointer?
  private var lastIndex: Int32 = 0
  var partitionEnds: [PartitionOffset] = []
  var errors: [KafkaError] = []
  private var isTaken = false

  init(capacity: Int) {
    self.capacity = capacity
    unsafe entries = Self.allocate(capacity)
  }

  deinit {
    guard !isTaken else { return }
    for index in 0..<count { unsafe rd_kafka_event_destroy(entries[index].event) }
    unsafe free(entries)
  }

  var isEmpty: Bool { count == 0 && partitionEnds.isEmpty && errors.isEmpty }

  private static func allocate(_ capacity: Int) -> UnsafeMutablePointer<KafkaBatch.Entry> {
    guard let memory = unsafe malloc(capacity * MemoryLayout<KafkaBatch.Entry>.stride) else {
      fatalError("out of memory")
    }
    return unsafe memory.bindMemory(to: KafkaBatch.Entry.self, capacity: capacity)
  }

  /// Takes over a fetch event with its message.
  @inline(__always)
  func append(_ event: OpaquePointer, _ message: UnsafePointer<rd_kafka_message_t>) {
    if count == capacity { grow() }
    let record = unsafe message.pointee
    let valueCount = unsafe record.payload == nil ? -1 : Int32(truncatingIfNeeded: record.len)
    let keyCount = unsafe record.key == nil ? -1 : Int32(truncatingIfNeeded: record.key_len)
    let topicIndex = unsafe topicIndex(record.rkt)
    unsafe (entries + count).initialize(
      to: KafkaBatch.Entry(
        value: UnsafeRawPointer(record.payload), key: UnsafeRawPointer(record.key), valueCount: valueCount,
        keyCount: keyCount, offset: record.offset, partition: record.partition, topicIndex: topicIndex,
        message: UnsafeRawPointer(message), event: event))
    count &+= 1
    bytes &+= Int(max(0, valueCount)) &+ Int(max(0, keyCount))
  }

  @inline(__always)
  private func topicIndex(_ handle: OpaquePointer?) -> Int32 {
    if unsafe handle == lastTopic { return lastIndex }
    lastIndex = unsafe slowTopicIndex(handle)
    unsafe lastTopic = handle
    return lastIndex
  }

  private func slowTopicIndex(_ handle: OpaquePointer?) -> Int32 {
    if let index = unsafe topics.firstIndex(where: { unsafe $0.handle == handle }) { return Int32(index) }
    unsafe topics.append((handle, String(cString: rd_kafka_topic_name(handle))))
    return unsafe Int32(topics.count - 1)
  }

  private func grow() {
    capacity *= 2
    guard let memory = unsafe realloc(entries, capacity * MemoryLayout<KafkaBatch.Entry>.stride) else {
      fatalError("out of memory")
    }
    unsafe entries = unsafe memory.bindMemory(to: KafkaBatch.Entry.self, capacity: capacity)
  }

  /// Takes out the records and ends of `places`.
  func drop(_ places: Set<TopicPartition>) {
    var kept = 0
    bytes = 0
    for index in 0..<count {
      let entry = unsafe entries[index]
      if unsafe places.contains(TopicPartition(topics[Int(entry.topicIndex)].name, entry.partition)) {
        unsafe rd_kafka_event_destroy(entry.event)
      } else {
        unsafe entries[kept] = entry
        bytes += Int(max(0, entry.valueCount)) + Int(max(0, entry.keyCount))
        kept += 1
      }
    }
    count = kept
    partitionEnds.removeAll { places.contains($0.topicPartition) }
  }

  /// Makes the batch; once.
  func finish(_ handle: ClientHandle) -> KafkaBatch {
    isTaken = true
    if count * 2 < capacity,
      let memory = unsafe realloc(entries, max(1, count) * MemoryLayout<KafkaBatch.Entry>.stride)
    {
      unsafe entries = unsafe memory.bindMemory(to: KafkaBatch.Entry.self, capacity: max(1, count))
    }
    return unsafe KafkaBatch(
      entries: entries, count: count, bytes: bytes, topicNames: topics.map { unsafe $0.name },
      partitionEnds: partitionEnds,
      errors: errors, handle: handle)
  }
}
