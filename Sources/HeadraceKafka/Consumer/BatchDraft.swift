internal import CRdkafka
internal import Glibc

/// A batch that nobody has seen yet: it can still lose records whose partition is taken away or sought.
///
/// `@unchecked Sendable`: used by whoever is at librdkafka's queue, or by whoever holds the loop's lock; never by two at a time.
@safe final class BatchDraft: @unchecked Sendable {
  typealias Message = UnsafeMutablePointer<rd_kafka_message_t>

  private var messages: UnsafeMutablePointer<Message?>
  private let capacity: Int
  private(set) var count = 0
  private(set) var bytes = 0
  private var tails = BatchTails()
  var partitionEnds: [PartitionOffset] = []
  var errors: [KafkaError] = []
  private var isTaken = false

  init(capacity: Int) {
    self.capacity = capacity
    guard let memory = unsafe malloc(capacity * MemoryLayout<Message?>.stride) else { fatalError("out of memory") }
    unsafe messages = unsafe memory.bindMemory(to: Message?.self, capacity: capacity)
  }

  deinit {
    guard !isTaken else { return }
    for index in 0..<count { unsafe rd_kafka_message_destroy(messages[index]) }
    unsafe free(messages)
  }

  var isEmpty: Bool { count == 0 && partitionEnds.isEmpty && errors.isEmpty }

  /// How many more records fit.
  var room: Int { capacity - count }

  /// Takes up to `limit` records out of `queue`, waiting for the first at most `timeout` ms (then `limit` must be 1: librdkafka
  /// waits for all of them). What is no record goes to `note`, which must not keep it.
  ///
  /// - Returns: How many there were, those for `note` included.
  func fill(
    from queue: OpaquePointer, limit: Int, timeout: Int32, note: (rd_kafka_message_t) -> Void
  ) -> Int {
    let start = count
    let taken = unsafe max(0, rd_kafka_consume_batch_queue(queue, timeout, messages + start, min(limit, room)))
    var kept = start
    var bytes = bytes
    // Records come in runs.
    var run = BatchTails.Place.none
    var next: Int64 = 0
    for index in start..<(start + taken) {
      guard let message = unsafe messages[index] else { continue }
      guard unsafe message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR else {
        unsafe note(message.pointee)
        unsafe rd_kafka_message_destroy(message)
        continue
      }
      bytes &+= unsafe message.pointee.len &+ message.pointee.key_len
      let place = unsafe BatchTails.Place(
        topic: UInt(bitPattern: message.pointee.rkt), partition: message.pointee.partition)
      if place != run {
        end(run, at: next)
        run = place
      }
      next = unsafe message.pointee.offset &+ 1
      unsafe messages[kept] = unsafe message
      kept &+= 1
    }
    end(run, at: next)
    self.bytes = bytes
    count = kept
    return taken
  }

  private func end(_ run: BatchTails.Place, at next: Int64) {
    guard run != .none else { return }
    tails.note(run, next: next) {
      unsafe String(cString: rd_kafka_topic_name(OpaquePointer(bitPattern: run.topic)))
    }
  }

  /// Takes out the records and ends of `places`.
  func drop(_ places: Set<TopicPartition>) {
    var kept = 0
    bytes = 0
    for index in 0..<count {
      guard let message = unsafe messages[index] else { continue }
      let place = unsafe TopicPartition(
        String(cString: rd_kafka_topic_name(message.pointee.rkt)), message.pointee.partition)
      if places.contains(place) {
        unsafe rd_kafka_message_destroy(message)
      } else {
        unsafe messages[kept] = unsafe message
        bytes += unsafe message.pointee.len + message.pointee.key_len
        kept += 1
      }
    }
    count = kept
    tails.drop(places)
    partitionEnds.removeAll { places.contains($0.topicPartition) }
  }

  /// Makes the batch; once.
  func finish(_ handle: ClientHandle) -> KafkaBatch {
    isTaken = true
    if count * 2 < capacity, let memory = unsafe realloc(messages, max(1, count) * MemoryLayout<Message?>.stride) {
      unsafe messages = unsafe memory.bindMemory(to: Message?.self, capacity: max(1, count))
    }
    let records = unsafe UnsafeMutableRawPointer(messages).assumingMemoryBound(to: UnsafePointer<FetchedMessage>.self)
    return unsafe KafkaBatch(
      messages: records, count: count, bytes: bytes, tails: tails, partitionEnds: partitionEnds, errors: errors,
      handle: handle)
  }
}
