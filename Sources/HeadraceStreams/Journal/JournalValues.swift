internal import HeadraceCore
internal import HeadraceKafka
internal import HeadraceTelemetry
internal import Synchronization

/// Reads single values of the journal by their offset, and keeps what was read beside them: a replay asks for them in
/// about the order in which they were written. Most processors never ask, so its client is opened by the first request.
final class JournalValues: Sendable {
  private struct Place: Hashable {
    var partition: Int32
    var offset: Int64
  }

  private struct Entry {
    var key: [UInt8]
    var value: [UInt8]
  }

  private struct Request {
    var place: Place
    var key: [UInt8]
    var continuation: CheckedContinuation<[UInt8]?, any Error>
  }

  private struct Reading {
    var consumer: KafkaConsumer
    var iterator: KafkaBatches.AsyncIterator
  }

  private struct State {
    var requests = RingQueue<Request>()
    var cache: [Place: Entry] = [:]
    var order = RingQueue<Place>()
    var bytes = 0
    var consumer: KafkaConsumer?
    var isClosed = false
  }

  private static let cacheBytes = 8 << 20
  private let topic: String
  private let configuration: KafkaConfiguration
  private let logger: Logger
  private let state = Mutex(State())
  private let signal = AsyncSignal()

  init(topic: String, kafka: KafkaConfiguration, logger: Logger) {
    self.topic = topic
    self.logger = logger
    var configuration = kafka
    configuration.consumer.fetchMaximumWait = .milliseconds(10)
    // A batch is kept until the next value is asked for.
    configuration.consumer.handlerWarning = nil
    self.configuration = configuration
  }

  /// The value at a place, when it is still the record of that key; nil when compaction has taken it.
  func value(partition: Int32, offset: Int64, key: [UInt8]) async throws -> [UInt8]? {
    let place = Place(partition: partition, offset: offset)
    return try await withCheckedThrowingContinuation { continuation in
      let outcome = state.withLock { state -> Result<[UInt8]?, any Error>? in
        if let entry = state.cache[place] { return .success(entry.key == key ? entry.value : nil) }
        if state.isClosed { return .failure(ProcessorError(.journal, "the journal is closed")) }
        state.requests.append(Request(place: place, key: key, continuation: continuation))
        return nil
      }
      if let outcome { continuation.resume(with: outcome) } else { signal.raise() }
    }
  }

  /// Serves requests one after the other until cancelled or closed.
  func run() async throws {
    defer { closeRequests() }
    var opened: Reading?
    var position: Place?
    while !Task.isCancelled {
      guard let request = state.withLock({ $0.requests.popFirst() }) else {
        if state.withLock({ $0.isClosed }) { return }
        await signal.wait()
        continue
      }
      if let entry = state.withLock({ $0.cache[request.place] }) {
        request.continuation.resume(returning: entry.key == request.key ? entry.value : nil)
        continue
      }
      do {
        var reading: Reading
        if let opened { reading = opened } else { reading = try await open() }
        defer { opened = reading }
        var found: Entry?
        // What was fetched before an assignment may still be handed over after it, and would seem to say that the
        // record is gone: that is believed the third time only.
        for attempt in 0..<3 where found == nil {
          let near = position.map {
            $0.partition == request.place.partition && (0..<2_000).contains(request.place.offset - $0.offset)
          }
          if attempt > 0 || near != true {
            try await reading.consumer.assign([
              PartitionStart(TopicPartition(topic, request.place.partition), .at(request.place.offset))
            ])
            position = request.place
          }
          found = try await read(request.place, &reading.iterator, &position)
        }
        request.continuation.resume(returning: found?.key == request.key ? found?.value : nil)
      } catch {
        position = nil
        request.continuation.resume(throwing: ProcessorError(.journal, "a value could not be read: \(error)"))
        if Task.isCancelled { return }
      }
    }
  }

  private func open() async throws -> Reading {
    let consumer = try KafkaConsumer(configuration: configuration)
    let isClosed = state.withLock { state in
      if !state.isClosed { state.consumer = consumer }
      return state.isClosed
    }
    if isClosed {
      _ = await consumer.close(deadline: .seconds(5))
      throw ProcessorError(.journal, "the journal is closed")
    }
    return Reading(consumer: consumer, iterator: consumer.batches.makeAsyncIterator())
  }

  /// Reads on until the place is found or passed.
  private func read(
    _ place: Place, _ iterator: inout KafkaBatches.AsyncIterator, _ position: inout Place?
  ) async throws -> Entry? {
    while let batch = try await iterator.next() {
      var found: Entry?
      for record in batch where record.partition == place.partition {
        position = Place(partition: record.partition, offset: record.offset + 1)
        guard let key = record.key, let value = record.value else { continue }
        let entry = Entry(key: key, value: value)
        keep(Place(partition: record.partition, offset: record.offset), entry)
        if record.offset == place.offset { found = entry }
      }
      if found != nil { return found }
      if let reached = position, reached.partition == place.partition, reached.offset > place.offset { return nil }
      for end in batch.partitionEnds
      where end.topicPartition.partition == place.partition && end.offset > place.offset { return nil }
    }
    return nil
  }

  func close() async {
    let consumer = state.withLock { state in
      state.isClosed = true
      return state.consumer
    }
    signal.raise()
    _ = await consumer?.close(deadline: .seconds(5))
  }

  private func keep(_ place: Place, _ entry: Entry) {
    state.withLock { state in
      guard state.cache.updateValue(entry, forKey: place) == nil else { return }
      state.order.append(place)
      state.bytes += entry.key.count + entry.value.count
      while state.bytes > Self.cacheBytes, let oldest = state.order.popFirst() {
        if let gone = state.cache.removeValue(forKey: oldest) { state.bytes -= gone.key.count + gone.value.count }
      }
    }
  }

  private func closeRequests() {
    while let request = state.withLock({ state -> Request? in
      state.isClosed = true
      return state.requests.popFirst()
    }) {
      request.continuation.resume(throwing: ProcessorError(.journal, "the journal is closed"))
    }
  }
}
