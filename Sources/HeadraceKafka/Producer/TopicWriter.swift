internal import CRdkafka
internal import HeadraceCore
internal import Synchronization

/// Writes many records to one topic without looking its name up for each: the fastest way. From ``KafkaProducer/writer(for:)``.
///
/// Semantics are those of ``KafkaProducer/enqueue(_:)`` and ``KafkaProducer/send(_:)``, except that no headers are written, so no trace
/// context either.
public final class TopicWriter: Sendable {
  /// The topic's name.
  public let topic: String
  private let producer: KafkaProducer
  /// The address of the `ProducerTopic` used last: it lives as long as its core, and that as long as the producer.
  private let cached = Atomic<UInt>(0)

  init(topic: String, producer: KafkaProducer) {
    self.topic = topic
    self.producer = producer
  }

  /// The topic's handle in the client that is in use.
  @inline(__always)
  nonisolated(nonsending) private func handle() async throws(KafkaError) -> ProducerTopic {
    let core = try await producer.livingCore()
    if let known = unsafe UnsafeRawPointer(bitPattern: cached.load(ordering: .acquiring)) {
      let handle = unsafe Unmanaged<ProducerTopic>.fromOpaque(known).takeUnretainedValue()
      if handle.core === core { return handle }
    }
    return try look(in: core)
  }

  private func look(in core: ProducerCore) throws(KafkaError) -> ProducerTopic {
    let handle = try core.topic(topic)
    unsafe cached.store(UInt(bitPattern: Unmanaged.passUnretained(handle).toOpaque()), ordering: .releasing)
    return handle
  }

  /// Puts a record into the queue, waiting for room if need be.
  nonisolated(nonsending) public func enqueue(
    _ value: [UInt8]?, key: [UInt8]? = nil, partition: Int32? = nil
  ) async throws(KafkaError) {
    if tryEnqueue(value, key, partition ?? -1) { return }
    let handle = try await handle()
    let core = handle.core
    try await core.acquire()
    let code = unsafe withBytes(value) { value in
      unsafe withBytes(key) { key in
        unsafe handle.produce(value: value, key: key, partition: partition ?? -1, opaque: nil)
      }
    }
    if code != RD_KAFKA_RESP_ERR_NO_ERROR {
      try await core.retry(code, topic: handle) {
        unsafe withBytes(value) { value in
          unsafe withBytes(key) { key in
            unsafe handle.produce(value: value, key: key, partition: partition ?? -1, opaque: nil)
          }
        }
      }
    }
    core.noteActivity()
  }

  /// Puts a record into the queue if nothing stands in the way. No reference is counted: that would be a tenth of the work.
  @inline(__always)
  private func tryEnqueue(_ value: [UInt8]?, _ key: [UInt8]?, _ partition: Int32) -> Bool {
    guard let known = unsafe UnsafeRawPointer(bitPattern: cached.load(ordering: .acquiring)) else { return false }
    return unsafe Unmanaged<ProducerTopic>.fromOpaque(known)._withUnsafeGuaranteedRef { topic in
      unsafe topic.unmanagedCore._withUnsafeGuaranteedRef { core in
        guard unsafe producer.isInUse(topic.unmanagedCore), !core.context.isDead.load(ordering: .acquiring),
          core.permits.tryAcquire() == 1
        else { return false }
        let code = unsafe withBytes(value) { value in
          unsafe withBytes(key) { key in
            unsafe topic.produce(value: value, key: key, partition: partition, opaque: nil)
          }
        }
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
          core.permits.release(1)
          return false
        }
        core.noteActivity()
        return true
      }
    }
  }

  /// Writes a record and waits for its acknowledgement.
  @discardableResult
  nonisolated(nonsending) public func send(
    _ value: [UInt8]?, key: [UInt8]? = nil, partition: Int32? = nil
  ) async throws(KafkaError) -> Delivery {
    let handle = try await handle()
    let core = handle.core
    try await core.acquire()
    let outcome = try await unsafe core.awaitReport(topic: handle) { opaque in
      unsafe withBytes(value) { value in
        unsafe withBytes(key) { key in
          unsafe handle.produce(value: value, key: key, partition: partition ?? -1, opaque: opaque)
        }
      }
    }
    return try core.delivery(outcome, topic: topic)
  }

  /// Puts values (without keys) into the queue, in order, in one call of librdkafka for each stretch that has room.
  nonisolated(nonsending) public func enqueue(values: [[UInt8]]) async throws(KafkaError) {
    try await produce(values: values, keys: nil, batch: nil)
  }

  /// Puts pairs into the queue, in order. `keys` has as many elements as `values`.
  nonisolated(nonsending) public func enqueue(values: [[UInt8]], keys: [[UInt8]]) async throws(KafkaError) {
    precondition(keys.count == values.count, "one key for each value")
    try await produce(values: values, keys: keys, batch: nil)
  }

  /// Writes values (with keys, where given: as many) and waits for all of them.
  ///
  /// - Returns: one result for each, in order.
  nonisolated(nonsending) public func send(
    values: [[UInt8]], keys: [[UInt8]]? = nil
  ) async throws(KafkaError) -> [Result<Delivery, KafkaError>] {
    precondition(keys == nil || keys?.count == values.count, "one key for each value")
    guard !values.isEmpty else { return [] }
    let core = producer.core
    let batch = BatchDelivery(count: values.count)
    do throws(KafkaError) {
      try await produce(values: values, keys: keys, batch: batch)
    } catch {
      // Every record of the batch has been refused or queued by then.
    }
    await core.awaitResults(of: batch)
    return values.indices.map { index in
      let (code, partition, offset) = batch.result(index)
      if code == 0 { return .success(Delivery(topic: topic, partition: partition, offset: offset)) }
      return .failure(core.deliveryError(rd_kafka_resp_err_t(rawValue: code), topic: topic, partition: partition))
    }
  }

  /// Enqueues by `rd_kafka_produce_batch`. With a `batch` each record gets its result there and nothing is thrown for single
  /// records.
  nonisolated(nonsending) private func produce(
    values: [[UInt8]], keys: [[UInt8]]?, batch: BatchDelivery?
  ) async throws(KafkaError) {
    let handle: ProducerTopic
    do throws(KafkaError) { handle = try await self.handle() } catch {
      if let batch { for index in values.indices { batch.refuse(index, error.code.c) } }
      throw error
    }
    let core = handle.core
    var next = 0
    while next < values.count {
      let wanted = min(values.count - next, 1_000)
      var granted = core.permits.tryAcquire(upTo: wanted)
      if granted == 0 {
        do throws(KafkaError) { try await core.acquire() } catch {
          if let batch { for index in next..<values.count { batch.refuse(index, error.code.c) } }
          throw error
        }
        granted = 1 + (wanted > 1 ? core.permits.tryAcquire(upTo: wanted - 1) : 0)
      }
      let seen = core.permits.releases
      let range = next..<(next + granted)
      let refused = Self.produceChunk(handle, values: values, keys: keys, range: range, batch: batch)
      core.noteActivity(granted - refused.count)
      for (index, code) in refused {
        try await place(
          index, code: code, seen: seen, handle: handle, value: values[index], key: keys?[index], batch: batch)
      }
      next += granted
    }
  }

  /// One record of a chunk was not taken: waits for room and tries again, or refuses it.
  nonisolated(nonsending) private func place(
    _ index: Int, code: rd_kafka_resp_err_t, seen: UInt64, handle: ProducerTopic, value: [UInt8], key: [UInt8]?,
    batch: BatchDelivery?
  ) async throws(KafkaError) {
    do throws(KafkaError) {
      try await handle.core.retry(code, topic: handle) {
        unsafe withBytes(value) { value in
          unsafe withBytes(key) { key in
            unsafe handle.produce(value: value, key: key, partition: -1, opaque: batch?.opaque(index))
          }
        }
      }
    } catch {
      guard let batch else { throw error }
      batch.refuse(index, error.code.c)
    }
  }

  /// Returns the records that were not taken.
  private static func produceChunk(
    _ handle: ProducerTopic, values: [[UInt8]], keys: [[UInt8]]?, range: Range<Int>, batch: BatchDelivery?
  ) -> [(Int, rd_kafka_resp_err_t)] {
    unsafe withUnsafeTemporaryAllocation(of: rd_kafka_message_t.self, capacity: range.count) { messages in
      for (slot, index) in range.enumerated() {
        var message = unsafe rd_kafka_message_t()
        // The arrays are native and borrowed for the whole call, so their bytes stay where they are.
        unsafe values[index].withUnsafeBytes { bytes in
          let (start, count) = unsafe ProducerTopic.parts(bytes)
          unsafe message.payload = UnsafeMutableRawPointer(mutating: start)
          unsafe message.len = count
        }
        unsafe keys?[index].withUnsafeBytes { bytes in
          let (start, count) = unsafe ProducerTopic.parts(bytes)
          unsafe message.key = UnsafeMutableRawPointer(mutating: start)
          unsafe message.key_len = count
        }
        unsafe message.partition = -1
        unsafe message._private = batch?.opaque(index)
        unsafe (messages.baseAddress! + slot).initialize(to: message)
      }
      let taken = unsafe rd_kafka_produce_batch(
        handle.pointer, -1, Int32(RD_KAFKA_MSG_F_COPY), messages.baseAddress, Int32(range.count))
      guard taken != Int32(range.count) else { return [] }
      return range.enumerated().compactMap { slot, index in
        let code = unsafe messages[slot].err
        return code == RD_KAFKA_RESP_ERR_NO_ERROR ? nil : (index, code)
      }
    }
  }
}
