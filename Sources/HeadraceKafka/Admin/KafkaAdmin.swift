internal import CRdkafka
internal import HeadraceCore
internal import Synchronization

/// Manages topics, groups, offsets, configurations and access.
///
/// ```swift
/// let admin = try KafkaAdmin(configuration: KafkaConfiguration(bootstrapServers: "127.0.0.1:9092"))
/// try await admin.createTopic(NewTopic("orders", partitions: 8))
/// await admin.close()
/// ```
///
/// Every call has a deadline and throws ``KafkaError``; a task that is cancelled waits no longer, though what it asked for may still be
/// done (``KafkaError/isOutcomeUnknown``). Calls about several things answer for each; a call throws when it
/// failed as a whole. Kafka answers a change some milliseconds before it can be seen everywhere: ``createTopic(_:deadline:)`` waits for
/// that, the others don't.
public final class KafkaAdmin: Sendable {
  private struct State {
    var handle: ClientHandle?
    var next = 0
  }

  private let state: Mutex<State>
  /// Calls block their thread: this many run at the same time.
  private let lanes: [BlockingLane]

  /// Creates a client; connects in the background.
  ///
  /// - Throws: ``KafkaError`` with the code ``KafkaError/Code/configuration``, naming the key that is wrong.
  public init(configuration: KafkaConfiguration) throws(KafkaError) {
    state = Mutex(State(handle: try ClientHandle(configuration, role: .admin)))
    lanes = (0..<4).map { BlockingLane(name: "kafka-admin-\($0)") }
  }

  deinit { for lane in lanes { lane.shutDown() } }

  /// Frees the client in the background; calls that run still end. Twice is fine.
  public func close() async {
    state.withLock { $0.handle = nil }
    for lane in lanes { lane.shutDown() }
  }

  /// Runs a blocking call on one of the lanes.
  func call<Result: Sendable>(
    _ what: String, _ deadline: Duration,
    _ body: @escaping @Sendable (ClientHandle, Int32) throws(KafkaError) -> Result
  ) async throws(KafkaError) -> Result {
    let (handle, lane) = state.withLock { state in
      state.next &+= 1
      return (state.handle, lanes[state.next % lanes.count])
    }
    guard let handle else { throw KafkaError(.closed, "the admin client is closed") }
    return try await lane.run(what, deadline: deadline, isCancellable: true) { timeout throws(KafkaError) in
      do throws(KafkaError) {
        let result = try body(handle, timeout)
        handle.context.connectionProblem.withLock { $0 = nil }
        return result
      } catch {
        throw error.explained(by: handle.context.connectionProblem.withLock { $0 })
      }
    }
  }

  /// Runs one of librdkafka's admin operations, which answer with an event on a queue of their own.
  func operation<Result: Sendable>(
    _ what: String, _ deadline: Duration, _ kind: rd_kafka_admin_op_t,
    start:
      @escaping @Sendable (_ client: OpaquePointer, _ options: OpaquePointer?, _ queue: OpaquePointer?)
      throws(KafkaError) -> Void,
    result: @escaping @Sendable (_ event: OpaquePointer) throws(KafkaError) -> Result
  ) async throws(KafkaError) -> Result {
    try await call(what, deadline) { handle, timeout throws(KafkaError) in
      let queue = unsafe rd_kafka_queue_new(handle.pointer)
      defer { unsafe rd_kafka_queue_destroy(queue) }
      let options = unsafe rd_kafka_AdminOptions_new(handle.pointer, kind)
      defer { unsafe rd_kafka_AdminOptions_destroy(options) }
      var text = [CChar](repeating: 0, count: 256)
      unsafe rd_kafka_AdminOptions_set_request_timeout(options, timeout, &text, text.count)
      try unsafe start(handle.pointer, options, queue)
      guard let event = unsafe rd_kafka_queue_poll(queue, timeout) else {
        throw KafkaError(.timedOut, "\(what) had no answer within \(deadline)")
      }
      defer { unsafe rd_kafka_event_destroy(event) }
      let code = unsafe rd_kafka_event_error(event)
      guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
        throw unsafe KafkaError(code, rd_kafka_event_error_string(event).map { unsafe String(cString: $0) })
      }
      return try unsafe result(event)
    }
  }

  /// The same for operations that came after 2.0.2.
  func operation<Result: Sendable>(
    _ what: String, _ deadline: Duration, _ kind: LateSymbol.Operation,
    start:
      @escaping @Sendable (_ client: OpaquePointer, _ options: OpaquePointer?, _ queue: OpaquePointer?)
      throws(KafkaError) -> Void,
    result: @escaping @Sendable (_ event: OpaquePointer) throws(KafkaError) -> Result
  ) async throws(KafkaError) -> Result {
    unsafe try await operation(
      what, deadline, rd_kafka_admin_op_t(rawValue: kind.rawValue), start: start, result: result)
  }
}
