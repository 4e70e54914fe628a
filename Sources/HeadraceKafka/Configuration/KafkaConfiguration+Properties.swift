/// One librdkafka property.
struct Property: Sendable, Hashable {
  var name: String
  var value: String
  var isSecret = false
}

/// Which kind of client is made of a configuration.
enum ClientRole: String, Sendable {
  case producer, consumer, admin
}

extension KafkaConfiguration {
  private static let secretNames: Set<String> = [
    "sasl.password", "ssl.key.password", "ssl.key.pem", "ssl.keystore.password", "sasl.oauthbearer.client.secret",
    "sasl.oauthbearer.config",
  ]

  /// The properties for one client, in an order in which later ones win.
  func properties(for role: ClientRole) -> [Property] {
    var list = [
      Property(name: "bootstrap.servers", value: bootstrapServers.joined(separator: ",")),
      Property(name: "client.id", value: clientID),
      Property(name: "client.software.name", value: "headrace"),
      // On by default before 2.10.0; it delays small requests by up to 40 ms.
      Property(name: "socket.nagle.disable", value: "true"),
      Property(name: "socket.connection.setup.timeout.ms", value: connectionTimeout.millisecondsText),
      Property(name: "log.connection.close", value: "false"),
      Property(name: "statistics.interval.ms", value: (statisticsInterval ?? .zero).millisecondsText),
    ]
    if !debugContexts.isEmpty { list.append(Property(name: "debug", value: debugContexts.joined(separator: ","))) }
    list += security.properties
    switch role {
    case .producer: list += producer.properties
    case .consumer: list += consumer.properties
    case .admin: break
    }
    list += extra.filter { PropertyScope.covers($0.key, role) }.sorted { $0.key < $1.key }.map { key, value in
      Property(name: key, value: value, isSecret: Self.secretNames.contains(key))
    }
    return list
  }

  /// Whether every rebalance of a consumer's group takes all partitions away first.
  var keepsNothingThroughRebalances: Bool {
    let strategy = extra["partition.assignment.strategy"] ?? consumer.assignor.rawValue
    let groupProtocol = extra["group.protocol"] ?? (consumer.groupProtocol == .classic ? "classic" : "consumer")
    return groupProtocol == "classic" && !strategy.contains("cooperative")
  }

  /// Whether the members of a consumer's group move partitions step by step, by the classic protocol.
  var isCooperative: Bool {
    let strategy = extra["partition.assignment.strategy"] ?? consumer.assignor.rawValue
    return consumer.groupProtocol == .classic && strategy.contains("cooperative")
  }

  /// What librdkafka doesn't check or would silently round.
  func checkTypedValues() throws(KafkaError) {
    func demand(_ holds: Bool, _ key: String, _ why: String) throws(KafkaError) {
      guard holds else { throw KafkaError(.configuration, "\(key): \(why)") }
    }
    try demand(!bootstrapServers.isEmpty || extra["bootstrap.servers"] != nil, "bootstrapServers", "names no broker")
    for address in bootstrapServers {
      let port = address.split(separator: ":").last.flatMap { UInt16($0) }
      try demand(
        !address.hasPrefix(":") && address.contains(":") && port != nil, "bootstrapServers",
        "\"\(address)\" is not of the form host:port")
    }
    try demand(
      !producer.idempotent || producer.acks == .all || producer.transactionalID != nil, "producer.acks",
      "an idempotent producer needs .all; turn producer.idempotent off for .\(producer.acks)")
    try demand(
      producer.transactionalID == nil || producer.idempotent, "producer.idempotent", "a transactional producer needs it"
    )
    try demand(producer.transactionalID != "", "producer.transactionalID", "is empty; use nil for none")
    try demand(producer.bufferRecords >= 1, "producer.bufferRecords", "must be at least 1")
    let range = 1_024...(Int(Int32.max) / 1_024) << 10
    try demand(
      range.contains(producer.bufferBytes), "producer.bufferBytes", "must be from 1,024 to \(range.upperBound)")
    try demand(
      range.contains(consumer.queuedBytes), "consumer.queuedBytes", "must be from 1,024 to \(range.upperBound)")
    try demand(
      (1...1_000_000).contains(consumer.batchRecords), "consumer.batchRecords", "must be from 1 to 1,000,000")
    try demand(consumer.fetchMaximumBytes <= 1 << 30, "consumer.fetchMaximumBytes", "must be at most 1 GiB")
    try demand(consumer.batchBytes >= 1, "consumer.batchBytes", "must be at least 1")
    try demand(consumer.groupID != "", "consumer.groupID", "is empty; use nil for none")
    try demand(
      consumer.heartbeatInterval < consumer.sessionTimeout, "consumer.heartbeatInterval",
      "must be shorter than consumer.sessionTimeout")
    try demand(
      consumer.maximumPollInterval >= consumer.sessionTimeout, "consumer.maximumPollInterval",
      "must not be shorter than consumer.sessionTimeout (\(consumer.sessionTimeout))")
    if consumer.groupProtocol != .classic {
      do throws(KafkaError) { try LibraryVersion.demand("consumer.groupProtocol: .broker", 2, 12, 0) } catch {
        throw KafkaError(.configuration, error.message)
      }
    }
    try demand(consumer.revokeDeadline > .zero, "consumer.revokeDeadline", "must be more than zero")
  }
}

extension KafkaConfiguration.Producer {
  var properties: [Property] {
    let timeout = transactionalID == nil ? deliveryTimeout : min(deliveryTimeout, transactionTimeout)
    var list = [
      Property(name: "acks", value: acks.rawValue),
      Property(name: "enable.idempotence", value: String(idempotent)),
      // An infinite or tiny linger would be rejected beside a shorter delivery timeout.
      Property(name: "linger.ms", value: linger.millisecondsFractionText),
      Property(name: "compression.codec", value: compression.rawValue),
      Property(name: "batch.size", value: String(batchBytes)),
      Property(name: "batch.num.messages", value: String(batchRecords)),
      Property(name: "queue.buffering.max.messages", value: String(bufferRecords)),
      Property(name: "queue.buffering.max.kbytes", value: String((bufferBytes + 1023) / 1024)),
      Property(name: "message.max.bytes", value: String(maximumRecordBytes)),
      Property(name: "message.timeout.ms", value: timeout.millisecondsText),
      Property(name: "request.timeout.ms", value: min(requestTimeout, timeout).millisecondsText),
      Property(name: "message.send.max.retries", value: String(retries)),
      Property(name: "partitioner", value: partitioner.propertyValue),
    ]
    if let compressionLevel { list.append(Property(name: "compression.level", value: String(compressionLevel))) }
    if let transactionalID {
      list.append(Property(name: "transactional.id", value: transactionalID))
      list.append(Property(name: "transaction.timeout.ms", value: transactionTimeout.millisecondsText))
      // A broker that still writes the last transaction's markers answers "concurrent transactions": a matter of
      // milliseconds, for which the default would wait 100.
      list.append(Property(name: "retry.backoff.ms", value: "20"))
    }
    return list
  }
}

extension KafkaConfiguration.Consumer {
  var properties: [Property] {
    var list = [
      // A group is mandatory in librdkafka; without one nothing is ever committed.
      Property(name: "group.id", value: groupID ?? "headrace-none"),
      // Offsets are stored and committed by ``KafkaConsumer``, which knows when a batch is finished.
      Property(name: "enable.auto.commit", value: "false"),
      Property(name: "enable.auto.offset.store", value: "false"),
      Property(name: "auto.offset.reset", value: startWhenNoOffset.rawValue),
      Property(name: "isolation.level", value: isolation.rawValue),
      Property(name: "max.poll.interval.ms", value: maximumPollInterval.millisecondsText),
      Property(name: "enable.partition.eof", value: String(reportsPartitionEnd)),
      Property(name: "queued.min.messages", value: String(queuedRecords)),
      Property(name: "queued.max.messages.kbytes", value: String((queuedBytes + 1023) / 1024)),
      Property(name: "fetch.min.bytes", value: String(fetchMinimumBytes)),
      Property(name: "fetch.wait.max.ms", value: fetchMaximumWait.millisecondsText),
      Property(name: "fetch.max.bytes", value: String(fetchMaximumBytes)),
      // Must hold the largest fetch.
      Property(name: "receive.message.max.bytes", value: String(max(100_000_000, fetchMaximumBytes + (1 << 20)))),
      Property(name: "fetch.message.max.bytes", value: String(partitionFetchBytes)),
      Property(name: "check.crcs", value: String(checksCRC)),
      Property(name: "allow.auto.create.topics", value: String(allowsTopicCreation)),
    ]
    switch groupProtocol {
    case .classic:
      list += [
        Property(name: "partition.assignment.strategy", value: assignor.rawValue),
        Property(name: "session.timeout.ms", value: sessionTimeout.millisecondsText),
        Property(name: "heartbeat.interval.ms", value: heartbeatInterval.millisecondsText),
      ]
    case .broker(let assignor):
      list.append(Property(name: "group.protocol", value: "consumer"))
      if let assignor { list.append(Property(name: "group.remote.assignor", value: assignor)) }
    }
    // A fetcher that found the queue full looks again so soon; for versions without it see PrefetchWatch.
    if LibraryVersion.isAtLeast(2, 2, 0) { list.append(Property(name: "fetch.queue.backoff.ms", value: "5")) }
    if let groupInstanceID { list.append(Property(name: "group.instance.id", value: groupInstanceID)) }
    return list
  }
}

extension KafkaSecurity {
  var properties: [Property] {
    switch self {
    case .plaintext: [Property(name: "security.protocol", value: "plaintext")]
    case .tls(let tls): [Property(name: "security.protocol", value: "ssl")] + tls.properties
    case .sasl(let sasl): [Property(name: "security.protocol", value: "sasl_plaintext")] + sasl.properties
    case .saslTLS(let sasl, let tls):
      [Property(name: "security.protocol", value: "sasl_ssl")] + sasl.properties + tls.properties
    }
  }

  /// The closure that makes bearer tokens, where there is one.
  var tokenSource: (@Sendable () async throws -> OAuthToken)? {
    switch self {
    case .sasl(.oauthBearer(let source)), .saslTLS(.oauthBearer(let source), _): source
    default: nil
    }
  }
}

extension KafkaSecurity.TLS {
  var properties: [Property] {
    var list: [Property] = []
    if let authorityFile { list.append(Property(name: "ssl.ca.location", value: authorityFile)) }
    if let authorityPEM { list.append(Property(name: "ssl.ca.pem", value: authorityPEM)) }
    if let certificateFile { list.append(Property(name: "ssl.certificate.location", value: certificateFile)) }
    if let keyFile { list.append(Property(name: "ssl.key.location", value: keyFile)) }
    if let keyPassword { list.append(Property(name: "ssl.key.password", value: keyPassword, isSecret: true)) }
    list.append(Property(name: "enable.ssl.certificate.verification", value: String(verifiesBroker)))
    list.append(Property(name: "ssl.endpoint.identification.algorithm", value: verifiesBroker ? "https" : "none"))
    return list
  }
}

extension KafkaSecurity.SASL {
  var properties: [Property] {
    switch self {
    case .plain(let username, let password): Self.password("PLAIN", username, password)
    case .scramSHA256(let username, let password): Self.password("SCRAM-SHA-256", username, password)
    case .scramSHA512(let username, let password): Self.password("SCRAM-SHA-512", username, password)
    case .oauthBearer: [Property(name: "sasl.mechanism", value: "OAUTHBEARER")]
    }
  }

  private static func password(_ mechanism: String, _ username: String, _ password: String) -> [Property] {
    [
      Property(name: "sasl.mechanism", value: mechanism),
      Property(name: "sasl.username", value: username),
      Property(name: "sasl.password", value: password, isSecret: true),
    ]
  }
}

extension Duration {
  /// Whole milliseconds, at least 0 and at most what librdkafka takes.
  var kafkaMilliseconds: Int32 {
    let (seconds, attoseconds) = components
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
    let total = product.addingReportingOverflow(attoseconds / 1_000_000_000_000_000)
    guard !overflow, !total.overflow else { return seconds < 0 ? 0 : Int32.max }
    return Int32(clamping: max(0, total.partialValue))
  }

  var millisecondsText: String { String(kafkaMilliseconds) }

  /// Milliseconds with fractions, as `linger.ms` takes them.
  var millisecondsFractionText: String {
    let (seconds, attoseconds) = components
    return String(Double(seconds) * 1000 + Double(attoseconds) / 1e15)
  }

}
