internal import CRdkafka
internal import HeadraceCore
internal import Synchronization

extension ProducerCore {
  /// Gives a record to librdkafka; the caller holds a permit for it.
  func produce(
    _ record: ProducerRecord, to topic: ProducerTopic, opaque: UnsafeMutableRawPointer?
  ) -> rd_kafka_resp_err_t {
    let partition = record.partition ?? -1
    return unsafe withBytes(record.value) { value in
      unsafe withBytes(record.key) { key in
        if record.headers.isEmpty, record.timestamp == nil {
          return unsafe topic.produce(value: value, key: key, partition: partition, opaque: opaque)
        }
        return unsafe topic.produce(
          value: value, key: key, partition: partition, headers: Self.headers(record.headers),
          timestamp: record.timestampMilliseconds, opaque: opaque)
      }
    }
  }

  private static func headers(_ headers: [RecordHeader]) -> OpaquePointer? {
    guard !headers.isEmpty else { return nil }
    let list = unsafe rd_kafka_headers_new(headers.count)
    for header in headers {
      // Kept as bytes with their length: a name may hold anything.
      var name = header.name
      name.withUTF8 { name in
        unsafe name.withMemoryRebound(to: CChar.self) { name in
          unsafe withBytes(header.value) { value in
            let (start, count) = unsafe ProducerTopic.parts(value)
            unsafe _ = rd_kafka_header_add(list, name.baseAddress, name.count, start, count)
          }
        }
      }
    }
    return unsafe list
  }

  /// Tries again while librdkafka's queue has no room for a record's bytes. The caller's permit is given back on a throw.
  nonisolated(nonsending) func retry(
    _ first: rd_kafka_resp_err_t, topic: ProducerTopic, _ attempt: () -> rd_kafka_resp_err_t
  ) async throws(KafkaError) {
    var code = first
    var seen = permits.releases
    do throws(KafkaError) {
      while code != RD_KAFKA_RESP_ERR_NO_ERROR {
        guard code == RD_KAFKA_RESP_ERR__QUEUE_FULL else { throw deliveryError(code, topic: topic.name, partition: -1) }
        try await waitForBytes(after: seen, topic: topic.name)
        seen = permits.releases
        code = attempt()
      }
    } catch {
      permits.release(1)
      throw error
    }
  }

  /// Produces and waits for the report. The caller holds a permit, which the report gives back; on a throw it is given back
  /// here.
  nonisolated(nonsending) func awaitReport(
    topic: ProducerTopic, _ attempt: (UnsafeMutableRawPointer) -> rd_kafka_resp_err_t
  ) async throws(KafkaError) -> Outcome {
    let isAlone = beginToAwait()
    defer { awaiting.wrappingSubtract(1, ordering: .acquiringAndReleasing) }
    if isAlone, lone.take() {
      let code = unsafe attempt(loneOpaque)
      if code == RD_KAFKA_RESP_ERR_NO_ERROR { return await ownReport() }
      // Not taken for some reason that the ordinary way finds as well.
      if lone.giveBack() { drain() }
    }
    return try await unsafe awaitReportFromThread(topic: topic, attempt)
  }

  /// Handles reports until the own one is among them.
  nonisolated(nonsending) private func ownReport() async -> Outcome {
    while true {
      switch await lone.news() {
      case .reports: drain()
      case .outcome(let outcome):
        if lone.giveBack() { drain() }
        return outcome
      }
    }
  }

  /// Produces with a continuation as the opaque.
  nonisolated(nonsending) private func awaitReportFromThread(
    topic: ProducerTopic, _ attempt: (UnsafeMutableRawPointer) -> rd_kafka_resp_err_t
  ) async throws(KafkaError) -> Outcome {
    while true {
      let seen = permits.releases
      var code = RD_KAFKA_RESP_ERR_NO_ERROR
      let outcome = unsafe await withUnsafeContinuation { (continuation: UnsafeContinuation<Outcome, Never>) in
        // The continuation itself is the opaque: eight bytes, no box.
        code = unsafe attempt(unsafeBitCast(continuation, to: UnsafeMutableRawPointer.self))
        if code != RD_KAFKA_RESP_ERR_NO_ERROR {
          unsafe continuation.resume(returning: Outcome(code: code.rawValue, partition: -1, offset: -1))
        }
      }
      if code == RD_KAFKA_RESP_ERR_NO_ERROR { return outcome }
      do throws(KafkaError) {
        guard code == RD_KAFKA_RESP_ERR__QUEUE_FULL else { throw deliveryError(code, topic: topic.name, partition: -1) }
        try await waitForBytes(after: seen, topic: topic.name)
      } catch {
        permits.release(1)
        throw error
      }
    }
  }

  /// Waits until every record of `batch` has its result; after all were enqueued or refused.
  ///
  /// One of those who wait handles the reports for all: records are freed by the threads that make them. The report thread steps
  /// in where that one can't run.
  nonisolated(nonsending) func awaitResults(of batch: BatchDelivery) async {
    _ = beginToAwait()
    defer { awaiting.wrappingSubtract(1, ordering: .acquiringAndReleasing) }
    guard lone.take() else { return await batch.wait() }
    // What came before it was taken woke somebody else, if anybody. From here on whoever takes reports out of the queue either does so
    // with the lock that `drain` waits for, or tells afterwards.
    drain()
    while !batch.hasAllResults {
      _ = await lone.news()
      drain()
    }
    if lone.giveBack() { drain() }
  }

  @inline(__always)
  func delivery(_ outcome: Outcome, topic: String) throws(KafkaError) -> Delivery {
    guard outcome.code == 0 else {
      throw deliveryError(rd_kafka_resp_err_t(rawValue: outcome.code), topic: topic, partition: outcome.partition)
    }
    return Delivery(topic: topic, partition: outcome.partition, offset: outcome.offset)
  }
}

/// Lends the bytes of an optional array: `nil` for none, an empty buffer for none in it.
@inline(__always)
func withBytes<Result>(_ bytes: [UInt8]?, _ body: (UnsafeRawBufferPointer?) -> Result) -> Result {
  guard let bytes else { return body(nil) }
  return unsafe bytes.withUnsafeBytes { unsafe body($0) }
}
