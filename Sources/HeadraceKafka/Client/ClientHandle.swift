internal import CRdkafka
internal import HeadraceCore
internal import Synchronization

/// Owns one `rd_kafka_t`.
///
/// `@unchecked Sendable`: librdkafka's handle may be used from any thread at any time until it is destroyed; the pointer never
/// changes, and it is destroyed only when the last reference is gone. Records of a consumer point into librdkafka's memory
/// and hold their handle, because `rd_kafka_destroy` waits for ever while a message is alive.
@safe final class ClientHandle: @unchecked Sendable {
  /// Handles that exist, and those still being destroyed: for tests that nothing is left behind.
  static let census = Atomic<Int>(0)

  let pointer: OpaquePointer
  let context: ClientContext
  let role: ClientRole

  init(_ configuration: KafkaConfiguration, role: ClientRole, events: Int32 = 0) throws(KafkaError) {
    try configuration.checkTypedValues()
    let context = ClientContext(configuration, role: role)
    let settings = try ClientSettings(properties: configuration.properties(for: role))
    let conf = unsafe settings.pointer!
    unsafe rd_kafka_conf_set_opaque(conf, Unmanaged.passUnretained(context).toOpaque())
    switch role {
    case .consumer: unsafe Self.setConsumerCallbacks(conf)
    case .producer: unsafe rd_kafka_conf_set_events(conf, events)
    case .admin: unsafe Self.setBackgroundCallback(conf)
    }
    unsafe rd_kafka_conf_set_log_cb(conf) { client, level, facility, text in
      guard let client = unsafe client, let context = unsafe ClientContext.of(rd_kafka_opaque(client)) else { return }
      unsafe context.log(
        level: level, facility: facility.map { unsafe String(cString: $0) } ?? "",
        text: text.map { unsafe String(cString: $0) } ?? "")
    }
    if context.tokenSource != nil {
      unsafe rd_kafka_conf_set_oauthbearer_token_refresh_cb(conf) { client, _, opaque in
        guard let client = unsafe client else { return }
        unsafe ClientContext.of(opaque)?.refreshToken(for: client)
      }
      unsafe rd_kafka_conf_enable_sasl_queue(conf, 1)
    }
    var text = [CChar](repeating: 0, count: 512)
    guard
      let pointer = unsafe rd_kafka_new(
        role == .consumer ? RD_KAFKA_CONSUMER : RD_KAFKA_PRODUCER, conf, &text, text.count)
    else {
      throw KafkaError(.configuration, String(buffer: text))
    }
    settings.release()
    unsafe self.pointer = pointer
    self.context = context
    self.role = role
    Self.census.wrappingAdd(1, ordering: .relaxed)
    if role == .admin { unsafe Self.serveInBackground(pointer) }
    if context.tokenSource != nil {
      // On a thread of librdkafka's: tokens are renewed also while nobody polls.
      if let error = unsafe rd_kafka_sasl_background_callbacks_enable(pointer) {
        throw unsafe KafkaError(consuming: error)
      }
    }
  }

  /// Consumers take records by a call that hands everything else to callbacks.
  private static func setConsumerCallbacks(_ conf: OpaquePointer) {
    unsafe rd_kafka_conf_set_rebalance_cb(conf) { _, code, partitions, opaque in
      let list = unsafe PartitionList.offsets(of: partitions).map(\.topicPartition)
      unsafe ClientContext.of(opaque)?.listener?.groupRebalances(code, list)
    }
    unsafe rd_kafka_conf_set_error_cb(conf) { _, code, text, opaque in
      let text = unsafe text.map { unsafe String(cString: $0) } ?? ""
      unsafe ClientContext.of(opaque)?.listener?.clientFailed(rd_kafka_resp_err_t(rawValue: code), text)
    }
    unsafe rd_kafka_conf_set_stats_cb(conf) { _, json, _, opaque in
      if let json = unsafe json { unsafe ClientContext.of(opaque)?.statistics(json) }
      return 0
    }
  }

  /// Nobody polls an admin client between its calls: a thread of librdkafka's tells of errors.
  private static func setBackgroundCallback(_ conf: OpaquePointer) {
    unsafe rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_ERROR)
    unsafe rd_kafka_conf_set_background_event_cb(conf) { _, event, opaque in
      guard let event = unsafe event else { return }
      if unsafe rd_kafka_event_type(event) == RD_KAFKA_EVENT_ERROR {
        let text = unsafe rd_kafka_event_error_string(event).map { unsafe String(cString: $0) }
        unsafe ClientContext.of(opaque)?.report(KafkaError(rd_kafka_event_error(event), text))
      }
      unsafe rd_kafka_event_destroy(event)
    }
  }

  private static func serveInBackground(_ client: OpaquePointer) {
    let main = unsafe rd_kafka_queue_get_main(client)
    let background = unsafe rd_kafka_queue_get_background(client)
    unsafe rd_kafka_queue_forward(main, background)
    unsafe rd_kafka_queue_destroy(main)
    unsafe rd_kafka_queue_destroy(background)
  }

  /// Handles an event that every kind of client may get; returns whether it did. The caller destroys the event.
  func handleCommon(_ event: OpaquePointer) -> Bool {
    switch unsafe rd_kafka_event_type(event) {
    case RD_KAFKA_EVENT_ERROR:
      let code = unsafe rd_kafka_event_error(event)
      if unsafe rd_kafka_event_error_is_fatal(event) != 0, let fatal = unsafe context.fatalError(of: pointer) {
        context.report(fatal)
      } else {
        unsafe context.report(KafkaError(code, rd_kafka_event_error_string(event).map { unsafe String(cString: $0) }))
      }
      return true
    case RD_KAFKA_EVENT_STATS:
      if let json = unsafe rd_kafka_event_stats(event) { unsafe context.statistics(json) }
      return true
    default: return false
    }
  }

  deinit {
    context.retire()
    // Destroying joins librdkafka's threads: it may take long and must not run on the cooperative pool.
    let doomed = unsafe Doomed(pointer: SendablePointer(pointer), context: context, isConsumer: role == .consumer)
    OSThread.detached(name: "kafka-reaper") {
      unsafe rd_kafka_destroy_flags(
        doomed.pointer.pointer, doomed.isConsumer ? RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE : 0)
      withExtendedLifetime(doomed.context) {}
      ClientHandle.census.wrappingSubtract(1, ordering: .relaxed)
    }
  }

  private struct Doomed: Sendable {
    let pointer: SendablePointer
    let context: ClientContext
    let isConsumer: Bool
  }
}
