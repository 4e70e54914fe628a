internal import CRdkafka
internal import HeadraceCore
internal import HeadraceTelemetry
internal import Synchronization
internal import Glibc

/// What librdkafka's callbacks and events of one client need. C holds it unretained as the client's opaque; whoever owns the
/// client keeps it alive until the client is destroyed.
@safe final class ClientContext: Sendable {
  let logger: Logger
  let onError: (@Sendable (KafkaError) -> Void)?
  let onStatistics: (@Sendable (KafkaStatistics) -> Void)?
  let tokenSource: (@Sendable () async throws -> KafkaSecurity.OAuthToken)?
  let partitioner: (@Sendable (UnsafeRawBufferPointer?, Int32) -> Int32)?
  let meters: ClientMeters
  /// Hears of what a consumer's queue brings beside records, from when it is first drained until it is last.
  let consumer = Mutex<(any ConsumerEvents)?>(nil)
  var listener: (any ConsumerEvents)? { consumer.withLock { $0 } }
  /// The first fatal error, once there is one.
  let fatal = Mutex<KafkaError?>(nil)
  /// Whether there is one, for the paths that each record takes.
  let isDead = Atomic<Bool>(false)
  /// What last went wrong with a connection: why a call has no answer.
  let connectionProblem = Mutex<KafkaError?>(nil)
  /// Bearer tokens are being fetched; set to `nil` when the client goes.
  private let tokenTask = Mutex<Task<Void, Never>?>(nil)
  private let isGone = Atomic<Bool>(false)

  init(_ configuration: KafkaConfiguration, role: ClientRole) {
    var logger = configuration.logger
    logger[metadataKey: "client"] = configuration.clientID
    self.logger = logger
    onError = configuration.onError
    onStatistics = configuration.onStatistics
    tokenSource = configuration.security.tokenSource
    if case .custom(let choose) = configuration.producer.partitioner {
      unsafe partitioner = unsafe choose
    } else {
      unsafe partitioner = nil
    }
    meters = ClientMeters(registry: configuration.metrics, clientID: configuration.clientID, role: role)
  }

  static func of(_ opaque: UnsafeMutableRawPointer?) -> ClientContext? {
    guard let opaque = unsafe opaque else { return nil }
    return unsafe Unmanaged<ClientContext>.fromOpaque(opaque).takeUnretainedValue()
  }

  // MARK: What librdkafka says

  func log(level: Int32, facility: String, text: String) {
    let line = "\(facility): \(text)"
    // Said by the first producer of every fresh broker, and harmless.
    if text.contains("Coordinator load in progress") { return logger.debug(line) }
    switch level {
    case ...2: logger.critical(line)
    case 3: logger.error(line)
    case 4: logger.warning(line)
    case 5: logger.notice(line)
    case 6: logger.info(line)
    default: logger.debug(line)
    }
  }

  func report(_ error: KafkaError) {
    meters.errors.increment()
    if error.isOfConnection { connectionProblem.withLock { $0 = error } }
    if error.isFatal {
      logger.error("client is dead", [LogKeys.error: error.description])
    } else {
      logger.warning("client error", [LogKeys.error: error.description])
    }
    onError?(error)
  }

  func statistics(_ json: UnsafePointer<CChar>) {
    let bytes = unsafe Array(UnsafeRawBufferPointer(start: json, count: String(cString: json).utf8.count))
    do {
      let statistics = try KafkaStatistics(json: bytes)
      meters.take(statistics)
      onStatistics?(statistics)
    } catch {
      logger.warning("statistics could not be read", [LogKeys.error: "\(error)"])
    }
  }

  /// Remembers and returns the fatal error of `client`, if it has one.
  func fatalError(of client: OpaquePointer) -> KafkaError? {
    if let known = fatal.withLock({ $0 }) { return known }
    var text = [CChar](repeating: 0, count: 512)
    let code = unsafe rd_kafka_fatal_error(client, &text, text.count)
    guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
    let error = KafkaError(KafkaError.Code(code), String(buffer: text), isRetriable: false, isFatal: true)
    fatal.withLock { $0 = $0 ?? error }
    isDead.store(true, ordering: .releasing)
    return error
  }

  // MARK: Bearer tokens

  /// Called by librdkafka's background thread when a token is needed.
  func refreshToken(for client: OpaquePointer) {
    guard let tokenSource else { return }
    let address = unsafe SendablePointer(client)
    let task = Task.detached { [self] in
      let failure: String
      do {
        let token = try await tokenSource()
        guard let problem = unsafe set(token, on: address.pointer) else { return }
        failure = problem
      } catch {
        failure = "\(error)"
      }
      logger.warning("no bearer token", [LogKeys.error: failure])
      tokenTask.withLock { _ in
        guard !isGone.load(ordering: .acquiring) else { return }
        // librdkafka asks again after 10 s.
        unsafe _ = rd_kafka_oauthbearer_set_token_failure(address.pointer, failure)
      }
    }
    tokenTask.withLock { $0 = task }
  }

  /// Returns what was wrong with the token, or `nil`.
  private func set(_ token: KafkaSecurity.OAuthToken, on client: OpaquePointer) -> String? {
    tokenTask.withLock { _ in
      guard !isGone.load(ordering: .acquiring) else { return nil }
      var text = [CChar](repeating: 0, count: 512)
      let pairs = token.extensions.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] }
      let code = unsafe pairs.withCStrings {
        unsafe rd_kafka_oauthbearer_set_token(
          client, token.token, token.expiresAtMilliseconds, token.principal, $0, pairs.count, &text, text.count)
      }
      guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
      return String(buffer: text)
    }
  }

  /// The client is about to be destroyed: no call of ours may touch it from here on.
  func retire() {
    let task = tokenTask.withLock { task in
      isGone.store(true, ordering: .releasing)
      defer { task = nil }
      return task
    }
    task?.cancel()
  }
}

/// What comes out of a consumer's queue beside records, told to whoever drains it, on that thread.
protocol ConsumerEvents: AnyObject, Sendable {
  func clientFailed(_ code: rd_kafka_resp_err_t, _ text: String)
  func groupRebalances(_ code: rd_kafka_resp_err_t, _ partitions: [TopicPartition])
}

/// A pointer that may cross isolation: what it points to is kept alive and locked by other means, named at each use.
@safe struct SendablePointer: @unchecked Sendable {
  let pointer: OpaquePointer
  init(_ pointer: OpaquePointer) { unsafe self.pointer = pointer }
}
