internal import HeadraceCore
internal import HeadraceKafka
internal import Synchronization

/// What somebody writes who wants no guarantee at all: a consumer and a task for each record, without order, without
/// commits, without transactions. The floor that the runtime is measured against.
struct HandRolledFloor {
  let input: String
  let output: String?
  let slots: Int
  let kafka: KafkaConfiguration
  let wait: @Sendable () async -> Void

  /// Handles everything up to `ends` and returns how many records that were; `began` is called at the first one.
  func run(to ends: [TopicPartition: Int64], began: () -> Void) async throws -> Int {
    var configuration = kafka
    configuration.consumer.groupID = nil
    configuration.consumer.reportsPartitionEnd = true
    let consumer = try KafkaConsumer(configuration: configuration)
    let producer = try KafkaProducer(configuration: configuration)
    try await consumer.assign(ends.keys.map { PartitionStart($0, .beginning) })
    let gate = Gate(slots)
    var left = ends.filter { $0.value > 0 }
    var count = 0
    try await withThrowingDiscardingTaskGroup { group in
      while !left.isEmpty, let batch = try await consumer.nextBatch() {
        if count == 0 { began() }
        count += batch.count
        for record in batch {
          let (key, value, headers) = (record.key, record.value, record.headers)
          await gate.enter()
          group.addTask {
            await wait()
            if let output {
              try await producer.enqueue(ProducerRecord(topic: output, key: key, value: value, headers: headers))
            }
            gate.leave()
          }
        }
        for next in batch.nextOffsets + batch.partitionEnds where next.offset >= left[next.topicPartition] ?? .max {
          left[next.topicPartition] = nil
        }
      }
    }
    await producer.flush(deadline: .seconds(60))
    _ = await producer.close()
    _ = await consumer.close()
    return count
  }

  /// Lets so many through at a time.
  private final class Gate: Sendable {
    private struct State {
      var free: Int
      var waiter: CheckedContinuation<Void, Never>?
    }
    private let state: Mutex<State>

    init(_ free: Int) { state = Mutex(State(free: free)) }

    /// One caller at a time.
    func enter() async {
      let isIn = state.withLock { state -> Bool in
        guard state.free > 0 else { return false }
        state.free -= 1
        return true
      }
      if isIn { return }
      await withCheckedContinuation { continuation in
        let isIn = state.withLock { state -> Bool in
          if state.free > 0 {
            state.free -= 1
            return true
          }
          state.waiter = continuation
          return false
        }
        if isIn { continuation.resume() }
      }
    }

    func leave() {
      let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
        if let waiter = state.waiter.take() { return waiter }
        state.free += 1
        return nil
      }
      waiter?.resume()
    }
  }
}
