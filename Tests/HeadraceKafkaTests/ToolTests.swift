import FoundationEssentials
import Glibc
import HeadraceCore
import HeadraceKafka
import Synchronization
import Testing

/// What the command line prints, beside the tools that users know.
@Suite("Tools", .timeLimit(.minutes(2 * TestKafka.patience)))
struct ToolTests {
  /// Runs a program and returns what it printed.
  static func output(_ arguments: [String]) throws -> [UInt8] {
    let path = FileManager.default.temporaryDirectory.path + "/" + uniqueName("out")
    defer { try? FileManager.default.removeItem(atPath: path) }
    let quoted = arguments.map {
      "'" + $0.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
    let status = system(quoted.joined(separator: " ") + " > '\(path)' 2> /dev/null")
    try #require(status == 0, "\(arguments[0]) failed")
    return [UInt8](try Data(contentsOf: URL(filePath: path)))
  }

  static let hasKcat = access("/usr/bin/kcat", X_OK) == 0

  /// Records of every awkward kind.
  func fillAwkwardly(_ broker: TestKafka.Broker, _ topic: String) async throws -> Int {
    let all = (0...255).map { UInt8($0) }
    let records = [
      ProducerRecord(topic: topic, key: Array("key\"/\\".utf8), value: Array("plain".utf8)),
      ProducerRecord(topic: topic, key: nil, value: all),
      ProducerRecord(topic: topic, key: all, value: nil),
      ProducerRecord(topic: topic, key: [], value: []),
      ProducerRecord(
        topic: topic, key: Array("h".utf8), value: Array("äöü €".utf8),
        headers: [
          RecordHeader("a", "1"), RecordHeader("b", []), RecordHeader("c", nil as [UInt8]?),
          RecordHeader("a", "x,y=\"z\""),
        ], timestamp: Date(timeIntervalSince1970: 1_700_000_000.5)),
    ]
    let producer = try await KafkaProducer(configuration: broker.configuration(.latency))
    for result in try await producer.send(contentsOf: records) { _ = try result.get() }
    await producer.close()
    return records.count
  }

  func servers(_ broker: TestKafka.Broker) async throws -> String {
    try await broker.configuration().bootstrapServers.joined(separator: ",")
  }

  /// Reads the first records and prints them by `print`.
  func printed(
    _ broker: TestKafka.Broker, _ topic: String, _ count: Int, _ print: (ConsumerRecord) -> [UInt8]
  ) async throws -> [UInt8] {
    let consumer = try await KafkaConsumer(configuration: broker.configuration())
    try await consumer.assign([PartitionStart(TopicPartition(topic, 0), .beginning)])
    var output: [UInt8] = []
    var seen = 0
    for try await record in consumer.records {
      output += print(record)
      seen += 1
      if seen == count { break }
    }
    await consumer.close()
    return output
  }

  @Test(.enabled(if: hasKcat, "kcat is not installed"), arguments: TestKafka.brokers)
  func formatsAreThoseOfKcat(broker: TestKafka.Broker) async throws {
    let formats = [
      "%t|%p|%o|%k|%s|%S|%K|%T|%h|%%\\n", "%R%s\\t\\r\\n", "a\\qb\\x41\\65\\8\\xg\\x1G\\x4142%o\\e|",
      "\\101|\\0x41|%s\\",
      "%s", "€ %k\\n", "a\\0b%o;",
    ]
    try await broker.withTopic { topic in
      let count = try await fillAwkwardly(broker, topic)
      let common = try await ["/usr/bin/kcat", "-b", servers(broker), "-C", "-t", topic, "-p", "0", "-e", "-q"]
      for format in formats {
        for printsNull in [false, true] {
          let formatter = try RecordFormatter(format, printsNull: printsNull)
          let ours = try await printed(broker, topic, count, formatter.format)
          let theirs = try Self.output(common + (printsNull ? ["-Z"] : []) + ["-f", format])
          #expect(ours == theirs, "\(format) \(printsNull)")
        }
      }
      let delimited = RecordFormatter(keyDelimiter: "\\t", delimiter: "|")
      #expect(
        try await printed(broker, topic, count, delimited.format) == Self.output(common + ["-K", "\\t", "-D", "|"]))
      #expect(
        try await printed(broker, topic, count, RecordFormatter(keyDelimiter: nil).format) == Self.output(common))
    }
  }

  @Test(.enabled(if: hasKcat, "kcat is not installed"), arguments: TestKafka.brokers)
  func envelopesAreThoseOfKcat(broker: TestKafka.Broker) async throws {
    try await broker.withTopic { topic in
      let count = try await fillAwkwardly(broker, topic)
      let ours = try await printed(broker, topic, count, JSONEnvelope.line)
      let theirs = try await Self.output(
        ["/usr/bin/kcat", "-b", servers(broker), "-C", "-t", topic, "-p", "0", "-e", "-q", "-J"])
      #expect(ours == theirs)
    }
  }

  @Test func wrongFormatsAreRefused() {
    #expect(throws: RecordFormatter.Failure.unsupportedVerb("x")) { try RecordFormatter("%x") }
    #expect(throws: RecordFormatter.Failure.unsupportedVerb("é")) { try RecordFormatter("a%é") }
    #expect(throws: RecordFormatter.Failure.emptyVerb) { try RecordFormatter("a%") }
  }

  /// The lines without what differs from run to run.
  static func normalised(_ lines: [[UInt8]]) -> [String] {
    lines.map { line in
      var text = String(decoding: line, as: UTF8.self)
      text.replace(/"timestamp":[0-9]+/, with: "\"timestamp\":T")
      text.replace(/"avg_throughput":[0-9.E-]+/, with: "\"avg_throughput\":R")
      return text
    }
  }

  final class Lines: Sendable {
    let all = Mutex<[[UInt8]]>([])
    func append(_ line: [UInt8]) { all.withLock { $0.append(line) } }
    var texts: [String] { ToolTests.normalised(all.withLock { $0 }) }
  }

  @Test(arguments: TestKafka.brokers)
  func theVerifiableClientsPrintKafkasLines(broker: TestKafka.Broker) async throws {
    try await broker.withTopic { topic in
      let written = Lines()
      var producing = VerifiableProducer.Options(topic: topic)
      producing.maxMessages = 3
      producing.throughput = 1_000
      try await VerifiableProducer(configuration: broker.configuration(), options: producing).run(written.append)
      func success(_ key: String, _ value: String, _ offset: Int) -> String {
        #"{"timestamp":T,"name":"producer_send_success","key":\#(key),"value":"\#(value)","offset":\#(offset),"#
          + #""topic":"\#(topic)","partition":0}"# + "\n"
      }
      #expect(
        written.texts == [
          #"{"timestamp":T,"name":"startup_complete"}"# + "\n", success("null", "0", 0), success("null", "1", 1),
          success("null", "2", 2), #"{"timestamp":T,"name":"shutdown_complete"}"# + "\n",
          #"{"timestamp":T,"name":"tool_data","sent":3,"acked":3,"target_throughput":1000,"avg_throughput":R}"# + "\n",
        ])

      let keyed = Lines()
      producing.throughput = -1
      producing.valuePrefix = 7
      producing.repeatingKeys = 2
      try await VerifiableProducer(configuration: broker.configuration(), options: producing).run(keyed.append)
      #expect(
        keyed.texts[1..<4] == [success(#""0""#, "7.0", 3), success(#""1""#, "7.1", 4), success(#""0""#, "7.2", 5)])

      let read = Lines()
      var consuming = VerifiableConsumer.Options(topic: topic)
      consuming.maxMessages = 6
      consuming.isVerbose = true
      try await VerifiableConsumer(
        configuration: broker.configuration(group: uniqueName()), options: consuming
      ).run(read.append)
      let place = #""partitions":[{"topic":"\#(topic)","partition":0}]}"# + "\n"
      #expect(
        read.texts.prefix(2) == [
          #"{"timestamp":T,"name":"startup_complete"}"# + "\n",
          #"{"timestamp":T,"name":"partitions_assigned","# + place,
        ])
      #expect(
        read.texts.contains(
          #"{"timestamp":T,"name":"record_data","key":"1","value":"7.1","topic":"\#(topic)","partition":0,"offset":4}"#
            + "\n"))
      #expect(
        read.texts.contains(
          #"{"timestamp":T,"name":"offsets_committed","offsets":[{"topic":"\#(topic)","partition":0,"offset":6}],"success":true}"#
            + "\n"))
      #expect(
        read.texts.suffix(3) == [
          #"{"timestamp":T,"name":"partitions_revoked","# + place,
          #"{"timestamp":T,"name":"shutdown_complete"}"# + "\n",
          #"{"timestamp":T,"name":"shutdown_requested"}"# + "\n",
        ])
    }
  }

  @Test(arguments: TestKafka.brokers)
  func theVerifiableProducerTellsFailures(broker: TestKafka.Broker) async throws {
    let topic = uniqueName("nosuch")
    let lines = Lines()
    var options = VerifiableProducer.Options(topic: topic)
    options.maxMessages = 1
    let configuration = try await broker.configuration {
      $0.extra = ["topic.metadata.propagation.max.ms": "300", "allow.auto.create.topics": "false"]
      $0.producer.deliveryTimeout = .seconds(3)
    }
    try await VerifiableProducer(configuration: configuration, options: options).run(lines.append)
    #expect(lines.texts.count == 4)
    #expect(
      lines.texts[1].hasPrefix(
        #"{"timestamp":T,"name":"producer_send_error","topic":"\#(topic)","key":null,"value":"0","exception":"class org.apache.kafka.common.errors."#
      ))
    #expect(lines.texts[3].contains(#""sent":1,"acked":0,"#))
  }

  @Test(arguments: TestKafka.brokers)
  func benchmarksGiveFigures(broker: TestKafka.Broker) async throws {
    try await broker.withTopic(partitions: 2) { topic in
      var options = KafkaBenchmark.Options(topic: topic)
      options.records = 4_000
      options.tasks = 50
      let configuration = try await broker.configuration(.latency)
      for mode in KafkaBenchmark.ProduceMode.allCases {
        var options = options
        if mode == .sequential { options.records = 100 }
        let figures = try await KafkaBenchmark.produce(configuration, options, mode: mode)
        #expect(figures.count == 1 && figures[0].seconds > 0)
        #expect(try JSONValue(parsing: figures[0].line)["case"]?.string == "produce.\(mode.rawValue)")
      }
      for mode in KafkaBenchmark.ConsumeMode.allCases {
        let figures = try await KafkaBenchmark.consume(configuration, options, mode: mode)
        #expect(figures[0].records >= 4_000)
      }
      options.records = 50
      let figures = try await KafkaBenchmark.latency(configuration, options)
      #expect(figures.map(\.name) == ["latency.run", "latency.batches"])
    }
  }
}
