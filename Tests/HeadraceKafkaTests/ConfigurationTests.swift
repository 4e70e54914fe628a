import HeadraceCore
import HeadraceTelemetry
import Testing

@testable import HeadraceKafka

@Suite("Configuration")
struct ConfigurationTests {
  static func configuration(_ change: (inout KafkaConfiguration) -> Void = { _ in }) -> KafkaConfiguration {
    var configuration = KafkaConfiguration(bootstrapServers: "127.0.0.1:1, [::1]:2")
    change(&configuration)
    return configuration
  }

  @Test(arguments: KafkaConfiguration.Preset.allCases)
  func presetsAreValid(preset: KafkaConfiguration.Preset) throws {
    try KafkaConfiguration(bootstrapServers: "localhost:9092", preset: preset).validate()
  }

  @Test func serversAreSplitAtCommas() {
    #expect(Self.configuration().bootstrapServers == ["127.0.0.1:1", "[::1]:2"])
  }

  /// Wrong values, and the key that the error must name.
  static let wrong: [(@Sendable (inout KafkaConfiguration) -> Void, String)] = [
    ({ $0.bootstrapServers = [] }, "bootstrapServers"),
    ({ $0.bootstrapServers = ["localhost"] }, "bootstrapServers"),
    ({ $0.bootstrapServers = ["localhost:http"] }, "bootstrapServers"),
    ({ $0.producer.acks = .leader }, "producer.acks"),
    ({ $0.producer.transactionalID = "" }, "producer.transactionalID"),
    ({ $0.producer.bufferRecords = 0 }, "producer.bufferRecords"),
    ({ $0.producer.bufferBytes = 5 }, "producer.bufferBytes"),
    ({ $0.producer.compressionLevel = 99 }, "compression.level"),
    ({ $0.producer.maximumRecordBytes = 1 }, "message.max.bytes"),
    ({ $0.consumer.groupID = "" }, "consumer.groupID"),
    ({ $0.consumer.batchRecords = 0 }, "consumer.batchRecords"),
    ({ $0.consumer.heartbeatInterval = .seconds(50) }, "consumer.heartbeatInterval"),
    ({ $0.consumer.maximumPollInterval = .seconds(5) }, "consumer.maximumPollInterval"),
    ({ $0.consumer.revokeDeadline = .zero }, "consumer.revokeDeadline"),
    ({ $0.consumer.fetchMinimumBytes = -1 }, "fetch.min.bytes"),
    ({ $0.extra = ["no.such.property": "1"] }, "no.such.property"),
    ({ $0.extra = ["linger.ms": "soon"] }, "linger.ms"),
    ({ $0.debugContexts = ["everything"] }, "debug"),
  ]

  @Test(arguments: wrong.indices)
  func wrongValuesNameTheirKey(index: Int) {
    let (change, key) = Self.wrong[index]
    let error = #expect(throws: KafkaError.self) { try Self.configuration(change).validate() }
    #expect(error?.code == .configuration)
    #expect(error?.message.hasPrefix(key + ":") == true, "\(error?.message ?? "")")
    #expect(error?.failureClass == .configuration)
    // The client that needs it is not made either.
    #expect(throws: KafkaError.self) {
      _ = try KafkaProducer(configuration: Self.configuration(change))
      _ = try KafkaConsumer(configuration: Self.configuration(change))
    }
  }

  @Test func secretsAreNotPrinted() {
    var configuration = Self.configuration()
    configuration.security = .saslTLS(.scramSHA512(username: "ada", password: "hunter2"), KafkaSecurity.TLS())
    configuration.extra = ["ssl.key.password": "hunter3"]
    let text = "\(configuration)"
    #expect(!text.contains("hunter"))
    #expect(text.contains("sasl.password=[secret]"))
    #expect(text.contains("sasl.username=ada"))
    let error = #expect(throws: KafkaError.self) {
      var wrong = configuration
      wrong.extra = ["sasl.oauthbearer.client.secret": "hunter4", "linger.ms": "x"]
      try wrong.validate()
    }
    #expect(error?.description.contains("hunter") == false)
  }

  /// librdkafka warns about those that are for the other kind of client, and a configuration serves both.
  @Test func extraGoesToTheClientsItIsFor() {
    let configuration = Self.configuration {
      $0.extra = ["linger.ms": "7", "queued.min.messages": "8", "socket.timeout.ms": "9000", "no.such": "1"]
    }
    func extra(_ role: ClientRole) -> Set<String> {
      Set(configuration.properties(for: role).map { "\($0.name)=\($0.value)" })
        .intersection(["linger.ms=7", "queued.min.messages=8", "socket.timeout.ms=9000", "no.such=1"])
    }
    #expect(extra(.producer) == ["linger.ms=7", "socket.timeout.ms=9000", "no.such=1"])
    #expect(extra(.consumer) == ["queued.min.messages=8", "socket.timeout.ms=9000", "no.such=1"])
  }

  @Test func extraWinsOverTypedValues() throws {
    let properties = Self.configuration { $0.extra = ["linger.ms": "77"] }.properties(for: .producer)
    #expect(properties.last { $0.name == "linger.ms" }?.value == "77")
  }

  @Test func transactionsBoundTheDeliveryTimeout() {
    let properties = Self.configuration { $0.producer.transactionalID = "t" }.properties(for: .producer)
    #expect(properties.first { $0.name == "message.timeout.ms" }?.value == "60000")
  }

  @Test func durationsBecomeMilliseconds() {
    #expect(Duration.seconds(1.5).kafkaMilliseconds == 1500)
    #expect(Duration.microseconds(900).kafkaMilliseconds == 0)
    #expect(Duration.seconds(Int64.max).kafkaMilliseconds == Int32.max)
    #expect(Duration.seconds(-3).kafkaMilliseconds == 0)
    #expect(Duration.microseconds(500).millisecondsFractionText == "0.5")
  }

  @Test func theLoadedLibraryIsKnown() {
    #expect(LibraryVersion.isAtLeast(2, 0, 0))
    #expect(!LibraryVersion.isAtLeast(9, 0, 0))
    #expect(throws: KafkaError.self) { try LibraryVersion.demand("time travel", 9, 11, 0) }
  }

  @Test func secretsAreNeitherPrintedNorDumped() {
    var configuration = KafkaConfiguration(bootstrapServers: "h:1")
    configuration.extra["ssl.keystore.password"] = "hunter2"
    var tls = KafkaSecurity.TLS()
    tls.keyPassword = "hunter2"
    for sasl in [
      KafkaSecurity.SASL.plain(username: "u", password: "hunter2"), .scramSHA256(username: "u", password: "hunter2"),
      .scramSHA512(username: "u", password: "hunter2"),
    ] {
      configuration.security = .saslTLS(sasl, tls)
      var dumped = ""
      dump(configuration, to: &dumped)
      dump(configuration.security, to: &dumped)
      dump(KafkaSecurity.OAuthToken(token: "hunter2", expiresAtMilliseconds: 1, principal: "p"), to: &dumped)
      let texts = [
        "\(configuration)", String(reflecting: configuration), "\(configuration.security)",
        String(reflecting: configuration.security), "\(sasl)", "\(tls)", dumped,
      ]
      for text in texts { #expect(!text.contains("hunter2"), "\(text)") }
      #expect("\(sasl)".contains("username: u"))
    }
  }

  @Test func addressesMayHaveSpaceAroundThem() throws {
    #expect(KafkaConfiguration(bootstrapServers: " a:1 ,\tb:2\n").bootstrapServers == ["a:1", "b:2"])
    #expect(throws: KafkaError.self) { try KafkaConfiguration(bootstrapServers: ":9092").validate() }
  }

  @Test func numbersThatAreTooLargeAreErrorsAndNoCrash() {
    let changes: [(String, (inout KafkaConfiguration) -> Void)] = [
      ("consumer.batchRecords", { $0.consumer.batchRecords = .max }),
      ("consumer.queuedBytes", { $0.consumer.queuedBytes = .max }),
      ("consumer.fetchMaximumBytes", { $0.consumer.fetchMaximumBytes = .max }),
      ("producer.bufferBytes", { $0.producer.bufferBytes = .max }),
      ("queue.buffering.max.messages", { $0.producer.bufferRecords = .max }),
    ]
    for (key, change) in changes {
      var configuration = KafkaConfiguration(bootstrapServers: "h:1")
      change(&configuration)
      let error = #expect(throws: KafkaError.self) { try configuration.validate() }
      #expect(error?.message.hasPrefix(key) == true, "\(error?.message ?? "")")
      #expect(error?.message.contains("\n") == false)
    }
  }
}
