import HeadraceBroker
import HeadraceTesting
import Testing

/// Programs that nobody here wrote, against the embedded broker.
@Suite(.timeLimit(.minutes(4)))
struct ForeignClientTests {
  @Test(.enabled(if: Command.kcat != nil, "kcat is not installed"))
  func kcatWithLibrdkafka2_0_2() async throws {
    let kcat = try #require(Command.kcat)
    try await EmbeddedBroker.withBroker({ $0.autoCreateTopics = true }) { broker in
      func run(_ arguments: String..., input: String = "") async throws -> String {
        let command = Command(path: kcat, arguments: ["-b", broker.bootstrapServers] + arguments, input: input)
        let result = try await command.run()
        #expect(result.status == 0, "\(arguments): \(result.errors)")
        return result.output
      }
      for codec in ["none", "gzip", "snappy", "lz4", "zstd"] {
        let lines = (0..<200).map { "\($0):value of \(codec) number \($0)" }.joined(separator: "\n") + "\n"
        _ = try await run("-P", "-t", codec, "-z", codec, "-K:", "-H", "h=1", input: lines)
        let back = try await run("-C", "-t", codec, "-o", "beginning", "-e", "-q", "-f", "%k:%s\n")
        #expect(back == lines)
      }
      let list = try await run("-L", "-J")
      #expect(list.contains("\"zstd\""))
      let grouped = try await run(
        "-G", "g", "-c", "200", "-q", "-X", "auto.offset.reset=earliest", "-f", "%o\n", "gzip")
      #expect(grouped.split(separator: "\n").count == 200)
      let end = try await run("-Q", "-t", "gzip:0:-1")
      #expect(end.contains("200"))
    }
  }

  @Test(.enabled(if: Command.python != nil, "no Python with the test packages: see ops/setup --tests"))
  func confluentKafkaWithCurrentLibrdkafka() async throws { try await runScript("confluent.py") }

  @Test(.enabled(if: Command.python != nil, "no Python with the test packages: see ops/setup --tests"))
  func aiokafka() async throws { try await runScript("aio.py") }

  @Test(.enabled(if: Command.python != nil, "no Python with the test packages: see ops/setup --tests"))
  func kafkaPython() async throws { try await runScript("kafka_python.py") }

  private func runScript(_ name: String) async throws {
    let python = try #require(Command.python)
    try await EmbeddedBroker.withBroker { broker in
      let script = "\(Command.root)/ops/broker-clients/\(name)"
      let result = try await Command(path: python, arguments: [script, broker.bootstrapServers], limit: 200).run()
      #expect(result.status == 0, "\(result.output)\n\(result.errors)")
    }
  }

  @Test(.enabled(if: Command.kafkaTool != nil, "HEADRACE_TEST_KAFKA_TOOL names no script that runs Kafka's tools"))
  func toolsOfApacheKafka() async throws {
    let tool = try #require(Command.kafkaTool)
    try await EmbeddedBroker.withBroker { broker in
      func run(_ name: String, _ arguments: String..., input: String = "", fails: Bool = false) async throws -> String {
        let all = ["tool", name, "--bootstrap-server", broker.bootstrapServers] + arguments
        let result = try await Command(path: tool, arguments: all, input: input).run()
        if !fails { #expect(result.status == 0, "\(all): \(result.output)\n\(result.errors)") }
        return result.output + result.errors
      }
      let package = "org.apache.kafka.tools.consumer"
      _ = try await run("TopicCommand", "--create", "--topic", "t", "--partitions", "2", "--replication-factor", "1")
      #expect(try await run("TopicCommand", "--describe", "--topic", "t").contains("PartitionCount: 2"))
      let sent = try await run("VerifiableProducer", "--topic", "t", "--max-messages", "300")
      #expect(sent.contains("\"acked\":300"))
      let read = try await run(
        "VerifiableConsumer", "--topic", "t", "--group-id", "g", "--max-messages", "300", "--reset-policy", "earliest")
      #expect(read.contains("\"offsets_committed\""))
      let group = "\(package).group.ConsumerGroupCommand"
      #expect(try await run(group, "--list").contains("g"))
      #expect(try await run(group, "--describe", "--group", "g").contains("300"))
      let reset = try await run(
        group, "--group", "g", "--topic", "t", "--reset-offsets", "--to-earliest", "--execute")
      #expect(reset.contains("g"))
      #expect(try await run(group, "--delete", "--group", "g").contains("successful"))
      #expect(try await run("GetOffsetShell", "--topic", "t").contains("t:0:"))
      let console = try await run(
        "\(package).ConsoleConsumer", "--topic", "t", "--from-beginning", "--max-messages", "300", "--timeout-ms",
        "20000")
      #expect(console.split(separator: "\n").count >= 300)
      // What operators ask for.
      #expect(try await run("GetOffsetShell", "--topic", "t", "--time", "-3").contains("t:"))
      #expect(try await run("LogDirsCommand", "--describe", "--topic-list", "t").contains("\"partition\":\"t-0\""))
      #expect(try await run("TransactionsCommand", "list").contains("TransactionalId"))
      #expect(
        try await run("TransactionsCommand", "describe-producers", "--topic", "t", "--partition", "0").contains(
          "ProducerId"))
      #expect(try await run("TransactionsCommand", "find-hanging", "--broker-id", "1").contains("Topic"))
      _ = try await run("LeaderElectionCommand", "--election-type", "preferred", "--all-topic-partitions")
      // What is not spoken is refused in words.
      let modern = try await run(
        "\(package).ConsoleConsumer", "--topic", "t", "--max-messages", "1", "--timeout-ms", "10000",
        "--command-property", "group.protocol=consumer", fails: true)
      #expect(modern.contains("UnsupportedVersionException") || modern.contains("group.protocol=classic"))
      _ = try await run("TopicCommand", "--delete", "--topic", "t")
    }
  }
}
