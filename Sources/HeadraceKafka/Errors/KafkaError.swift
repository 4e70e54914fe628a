public import HeadraceCore

/// What went wrong in the Kafka client, whether to try again, and whether the client is still usable.
///
/// Every code that a user can meet is explained in the article *Errors* of this module's documentation.
public struct KafkaError: Error, Sendable, Hashable {
  /// What happened.
  public var code: Code
  /// A sentence for people; never holds a secret.
  public var message: String
  /// The topic concerned.
  public var topic: String?
  /// The partition concerned.
  public var partition: Int32?
  /// The offset concerned.
  public var offset: Int64?
  /// The same call may succeed when it is made again.
  public var isRetriable: Bool
  /// The client that threw it is dead: create another (a producer does with ``KafkaProducer/recreate()``).
  public var isFatal: Bool
  /// The transaction must be aborted; then another may begin.
  public var requiresAbort: Bool
  /// It is not known whether the operation took effect (a commit whose answer never came).
  public var isOutcomeUnknown: Bool

  /// An error of the client's own making or one that is put together in a test.
  public init(
    _ code: Code, _ message: String? = nil, topic: String? = nil, partition: Int32? = nil, offset: Int64? = nil,
    isRetriable: Bool? = nil, isFatal: Bool = false, requiresAbort: Bool = false, isOutcomeUnknown: Bool = false
  ) {
    self.code = code
    self.message = message ?? code.explanation
    self.topic = topic
    self.partition = partition
    self.offset = offset
    self.isRetriable = isRetriable ?? (code.isTransient && !isFatal && !requiresAbort)
    self.isFatal = isFatal
    self.requiresAbort = requiresAbort
    self.isOutcomeUnknown = isOutcomeUnknown
  }

  /// librdkafka's name of the code, for example `UNKNOWN_TOPIC_OR_PART` or `_TIMED_OUT`.
  public var name: String { code.name }

  /// What to do next.
  public var recovery: Recovery {
    if isFatal { return .recreateClient }
    if requiresAbort { return .abortTransaction }
    if isRetriable { return .retry }
    return .none
  }

  /// What to do after a ``KafkaError``.
  public enum Recovery: Sendable, Hashable {
    /// Make the same call again, after a pause.
    case retry
    /// Abort the transaction, then begin another.
    case abortTransaction
    /// The client is dead: close it and create another.
    case recreateClient
    /// Trying again doesn't help: the request, the configuration or the data is wrong.
    case none
  }
}

extension KafkaError: CustomStringConvertible {
  /// Name, message and place, on one line.
  public var description: String {
    var text = "\(name): \(message)"
    if let topic {
      text += " [\(topic)"
      if let partition { text += "/\(partition)" }
      if let offset { text += "/\(offset)" }
      text += "]"
    }
    if isFatal { text += " (fatal)" }
    if requiresAbort { text += " (abort the transaction)" }
    return text
  }
}

extension KafkaError: ClassifiedError {
  /// `configuration` for what an operator must put right, `content` for records that can never be written, `transient`
  /// for what time heals, `bug` for the rest.
  public var failureClass: FailureClass {
    switch code {
    case .throttlingQuotaExceeded: .throttled
    case .messageTooLarge, .recordListTooLarge, .invalidRecord, .offsetMetadataTooLarge, .invalidTimestamp: .content
    case .configuration, .authentication, .saslAuthenticationFailed, .topicAuthorizationFailed,
      .groupAuthorizationFailed, .clusterAuthorizationFailed, .transactionalIDAuthorizationFailed, .unknownTopic,
      .unknownTopicOrPartition, .unsupportedSASLMechanism, .tls, .unsupported:
      .configuration
    default: isRetriable || isFatal || requiresAbort || code.isTransient ? .transient : .bug
    }
  }

  /// Kafka never says when.
  public var retryAfter: Duration? { nil }

  /// `kafka.` and the code's name in lower case: a stable word.
  public var reason: String { "kafka." + name.lowercased() }
}

extension KafkaError {
  /// Whether it is about reaching a broker rather than about what was asked of it.
  var isOfConnection: Bool {
    [.transport, .resolve, .tls, .authentication, .saslAuthenticationFailed, .unsupportedSASLMechanism].contains(code)
  }

  /// A call's error with what is known of the connection, where that is why there was no answer. Credentials and certificates are not
  /// healed by another try.
  func explained(by problem: KafkaError?) -> KafkaError {
    guard let problem, [.timedOut, .transport, .allBrokersDown].contains(code) else { return self }
    var error = self
    error.message += "; the connection's last error was \(problem.name): \(problem.message)"
    if problem.code != .transport, problem.code != .resolve {
      error.code = problem.code
      error.isRetriable = problem.isRetriable
    }
    return error
  }

  /// Puts the place into an error.
  func at(_ place: TopicPartition) -> KafkaError {
    var error = self
    error.topic = place.topic
    if place.partition >= 0 { error.partition = place.partition }
    return error
  }
}
