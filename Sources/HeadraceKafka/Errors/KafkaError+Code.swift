extension KafkaError {
  /// A code of the client (negative) or of the broker (0 and up); the raw value is librdkafka's and, for the broker's,
  /// Kafka's own.
  public struct Code: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    /// The number.
    public var rawValue: Int32
    /// A code by its number.
    public init(rawValue: Int32) { self.rawValue = rawValue }
    private init(_ rawValue: Int32) { self.rawValue = rawValue }

    /// The name.
    public var description: String { name }

    // MARK: Raised by this library, outside librdkafka's range

    /// A configuration value is wrong or two contradict each other; the message names the key.
    public static let configuration = Code(-10_001)
    /// The client is closed.
    public static let closed = Code(-10_002)
    /// The call's own deadline passed; what it began may still take effect.
    public static let deadlineExceeded = Code(-10_003)
    /// This librdkafka is too old for the call; the message says from which version it is there.
    public static let unsupported = Code(-10_004)
    /// The task was cancelled while the call waited. Nothing was sent, unless ``KafkaError/isOutcomeUnknown`` says that a request was on
    /// its way.
    public static let cancelled = Code(-10_005)

    // MARK: Raised by librdkafka

    /// A message batch or compressed data could not be read.
    public static let badMessage = Code(-199)
    /// The broker connection broke.
    public static let transport = Code(-195)
    /// The client is being destroyed.
    public static let destroyed = Code(-197)
    /// A local failure without a better name.
    public static let failure = Code(-196)
    /// A host name could not be resolved or a required resource is missing.
    public static let resolve = Code(-193)
    /// The record was not delivered within `message.timeout.ms`.
    public static let messageTimedOut = Code(-192)
    /// The partition doesn't exist in the cluster.
    public static let unknownPartition = Code(-190)
    /// The topic doesn't exist in the cluster, or not yet.
    public static let unknownTopic = Code(-188)
    /// No broker can be reached.
    public static let allBrokersDown = Code(-187)
    /// An argument is wrong.
    public static let invalidArgument = Code(-186)
    /// The call took longer than its timeout.
    public static let timedOut = Code(-185)
    /// The local queue is full.
    public static let queueFull = Code(-184)
    /// The group coordinator isn't known yet.
    public static let waitingForCoordinator = Code(-180)
    /// The group is not ready for this.
    public static let inProgress = Code(-178)
    /// An operation of the same kind is running.
    public static let previousInProgress = Code(-177)
    /// Two settings or subscriptions contradict each other.
    public static let conflict = Code(-173)
    /// The client is not in the state that the call needs.
    public static let wrongState = Code(-172)
    /// The broker rejected the credentials.
    public static let authentication = Code(-169)
    /// There is no offset to commit.
    public static let noOffset = Code(-168)
    /// TLS failed.
    public static let tls = Code(-181)
    /// The broker doesn't support what the call needs.
    public static let unsupportedFeature = Code(-165)
    /// The call may be made again.
    public static let retry = Code(-153)
    /// The record was dropped from the queue on request.
    public static let purgedFromQueue = Code(-152)
    /// The record was dropped on request while it was on its way; it may have been written.
    public static let purgedInFlight = Code(-151)
    /// The client is dead.
    public static let fatal = Code(-150)
    /// The client was not made for this: transactions without `producer.transactionalID`.
    public static let notConfigured = Code(-145)
    /// The producer can no longer promise gapless order.
    public static let gaplessGuarantee = Code(-148)
    /// The handler took longer than `max.poll.interval.ms`; the member left its group.
    public static let maximumPollIntervalExceeded = Code(-147)
    /// A newer producer with the same transactional id has taken over.
    public static let fenced = Code(-144)
    /// The partitions were taken away without notice.
    public static let assignmentLost = Code(-142)
    /// Nothing to do.
    public static let noOperation = Code(-141)
    /// No offset is committed and `startWhenNoOffset` is `.fail`, or the offset is gone.
    public static let automaticOffsetReset = Code(-140)

    // MARK: Raised by the broker

    /// The broker doesn't know what went wrong.
    public static let unknown = Code(-1)
    /// The offset is outside the log.
    public static let offsetOutOfRange = Code(1)
    /// The record batch is corrupt.
    public static let corruptMessage = Code(2)
    /// The topic or partition doesn't exist on this broker.
    public static let unknownTopicOrPartition = Code(3)
    /// An election is running.
    public static let leaderNotAvailable = Code(5)
    /// Another broker leads the partition.
    public static let notLeader = Code(6)
    /// The broker's own timeout passed.
    public static let requestTimedOut = Code(7)
    /// The record is larger than the broker takes.
    public static let messageTooLarge = Code(10)
    /// The commit metadata is longer than the broker takes.
    public static let offsetMetadataTooLarge = Code(12)
    /// The connection broke on the broker's side.
    public static let networkException = Code(13)
    /// The coordinator is loading.
    public static let coordinatorLoadInProgress = Code(14)
    /// There is no coordinator right now.
    public static let coordinatorNotAvailable = Code(15)
    /// Another broker is the coordinator.
    public static let notCoordinator = Code(16)
    /// The topic's name is not allowed.
    public static let invalidTopic = Code(17)
    /// The batch is larger than a segment.
    public static let recordListTooLarge = Code(18)
    /// Too few replicas are in sync.
    public static let notEnoughReplicas = Code(19)
    /// The record was written, but too few replicas are in sync.
    public static let notEnoughReplicasAfterAppend = Code(20)
    /// The group has moved on to another generation.
    public static let illegalGeneration = Code(22)
    /// The members' assignors have nothing in common.
    public static let inconsistentGroupProtocol = Code(23)
    /// The group id is not allowed.
    public static let invalidGroupID = Code(24)
    /// The coordinator doesn't know this member.
    public static let unknownMemberID = Code(25)
    /// The session timeout is outside what the broker allows.
    public static let invalidSessionTimeout = Code(26)
    /// The group is rebalancing.
    public static let rebalanceInProgress = Code(27)
    /// The topic is forbidden to this client.
    public static let topicAuthorizationFailed = Code(29)
    /// The group is forbidden to this client.
    public static let groupAuthorizationFailed = Code(30)
    /// The operation is forbidden to this client.
    public static let clusterAuthorizationFailed = Code(31)
    /// There is no such user, or whatever else was asked for.
    public static let resourceNotFound = Code(91)
    /// The cluster has no authorizer, so there are no rules to ask for or change.
    public static let securityDisabled = Code(54)
    /// The timestamp is outside what the topic allows.
    public static let invalidTimestamp = Code(32)
    /// The broker doesn't offer the SASL mechanism.
    public static let unsupportedSASLMechanism = Code(33)
    /// The broker doesn't speak the version of a request.
    public static let unsupportedVersion = Code(35)
    /// The topic exists already.
    public static let topicAlreadyExists = Code(36)
    /// The number of partitions is not allowed.
    public static let invalidPartitions = Code(37)
    /// The replication factor is not allowed.
    public static let invalidReplicationFactor = Code(38)
    /// A topic or broker configuration is wrong.
    public static let invalidConfig = Code(40)
    /// Another broker is the controller.
    public static let notController = Code(41)
    /// The broker rejects the request as such.
    public static let invalidRequest = Code(42)
    /// A policy of the broker forbids it.
    public static let policyViolation = Code(44)
    /// The producer's sequence has a gap.
    public static let outOfOrderSequence = Code(45)
    /// The producer's epoch is old: another has taken over.
    public static let invalidProducerEpoch = Code(47)
    /// The transaction is in another state.
    public static let invalidTransactionState = Code(48)
    /// The transactional id belongs to another producer id.
    public static let invalidProducerIDMapping = Code(49)
    /// The transaction timeout is larger than the broker allows.
    public static let invalidTransactionTimeout = Code(50)
    /// The last transaction is still being finished.
    public static let concurrentTransactions = Code(51)
    /// The transactional id is forbidden to this client.
    public static let transactionalIDAuthorizationFailed = Code(53)
    /// The credentials are wrong.
    public static let saslAuthenticationFailed = Code(58)
    /// The broker has forgotten the producer id.
    public static let unknownProducerID = Code(59)
    /// The group still has members.
    public static let nonEmptyGroup = Code(68)
    /// There is no such group.
    public static let groupIDNotFound = Code(69)
    /// Another member has taken the static membership's place.
    public static let fencedInstanceID = Code(82)
    /// The group is subscribed to the topic.
    public static let groupSubscribedToTopic = Code(86)
    /// The broker rejects the record's form.
    public static let invalidRecord = Code(87)
    /// Offsets of an open transaction are pending.
    public static let unstableOffsetCommit = Code(88)
    /// The client is over its quota.
    public static let throttlingQuotaExceeded = Code(89)
    /// A newer producer with the same transactional id has taken over.
    public static let producerFenced = Code(90)

    /// Whether time alone can heal it.
    var isTransient: Bool {
      switch self {
      case .transport, .resolve, .messageTimedOut, .allBrokersDown, .timedOut, .queueFull, .waitingForCoordinator,
        .inProgress,
        .previousInProgress, .retry, .leaderNotAvailable, .notLeader, .requestTimedOut, .networkException,
        .coordinatorLoadInProgress, .coordinatorNotAvailable, .notCoordinator, .notEnoughReplicas,
        .notEnoughReplicasAfterAppend, .rebalanceInProgress, .notController, .concurrentTransactions,
        .unstableOffsetCommit, .throttlingQuotaExceeded, .deadlineExceeded, .maximumPollIntervalExceeded,
        .unknownTopicOrPartition, .corruptMessage:
        true
      default: false
      }
    }
  }
}
