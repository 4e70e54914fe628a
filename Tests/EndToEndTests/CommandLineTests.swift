import Foundation
import HeadraceCore
import HeadraceTesting
import Testing

/// The Kafka verbs of the command line, beside the tools that people know.
@Suite(.timeLimit(.minutes(3)), .serialized) struct CommandLineTests {
  private static let kcatPath = ["/usr/bin/kcat", "/usr/bin/kafkacat"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  private func withBroker(
    _ body:
      @Sendable (@Sendable ([String], String?) async throws -> (code: Int32, output: String, error: String), String)
      async throws -> Void
  ) async throws {
    try await EmbeddedBroker.withBroker { broker in
      let servers = broker.bootstrapServers
      try await body({ try await HeadraceProcess.run($0 + ["-b", servers], input: $1) }, servers)
    }
  }

  private func kcat(_ arguments: [String], input: String? = nil) async throws -> (
    code: Int32, output: String, error: String
  ) {
    try await TestProgram.run(try #require(Self.kcatPath), arguments, input: input ?? "")
  }

  @Test func whatIsProducedIsConsumed() async throws {
    try await withBroker { headrace, servers in
      #expect(try await headrace(["topics", "create", "t", "-p", "1"], nil).code == 0)
      #expect(try await headrace(["produce", "t", "-K", ":", "-Z", "-H", "h=1"], "a:1\nb:2\nc:\n").code == 0)
      let all = try await headrace(["consume", "t", "-e", "-f", "%t/%p/%o %k=%s %S %h\\n"], nil)
      #expect(all.output == "t/0/0 a=1 1 h=1\nt/0/1 b=2 1 h=1\nt/0/2 c= -1 h=1\n")
      #expect(try await headrace(["consume", "t", "-e", "-o", "-1", "-f", "%k\\n"], nil).output == "c\n")
      #expect(try await headrace(["consume", "t", "-c", "2"], nil).output == "1\n2\n")
      #expect(try await headrace(["consume", "t", "-e", "-o", "99"], nil).output == "", "an offset past the end")
      #expect(try await headrace(["consume", "t", "-e", "-p", "7"], nil).error.contains("partition 7 of"))
      let group = try await headrace(["consume", "t", "-g", "g", "-e", "-f", "%k\\n"], nil)
      #expect(group.output == "a\nb\nc\n")
      let described = try await headrace(["groups", "describe", "g", "-o", "json"], nil)
      let json = try JSONValue(parsing: described.output)
      #expect(json["partitions"]?[0]?["committed"]?.int == 3)
      #expect(json["partitions"]?[0]?["lag"]?.int == 0)
      #expect(try await headrace(["groups", "reset", "g", "--to", "offset=1", "--execute"], nil).code == 0)
      #expect(try await headrace(["consume", "t", "-g", "g", "-e", "-f", "%k\\n"], nil).output == "b\nc\n")
      #expect(try await headrace(["topics", "trim", "t", "--before", "2", "--yes"], nil).code == 0)
      #expect(try await headrace(["consume", "t", "-e", "-f", "%k\\n"], nil).output == "c\n")
      #expect(try await headrace(["topics", "delete", "t"], nil).code == 1, "it must ask first")
      #expect(try await headrace(["topics", "delete", "t", "--yes"], nil).code == 0)
      #expect(try await headrace(["topics", "list", "-o", "json"], nil).output == "[]\n")
    }
  }

  @Test(.enabled(if: kcatPath != nil, "kcat is not installed"))
  func kcatAndWeReadTheSame() async throws {
    try await withBroker { headrace, servers in
      _ = try await headrace(["topics", "create", "t", "-p", "2"], nil)
      _ = try await kcat(
        ["-P", "-b", servers, "-t", "t", "-K", ":", "-H", "x=y", "-z", "lz4"], input: "k1:v1\nk2:äö\nk3:\"q\"\n")
      for format in ["%t %p %o %k %s %S %K %h\\n", "%s;"] {
        let theirs = try await kcat(["-C", "-b", servers, "-t", "t", "-p", "0", "-e", "-q", "-f", format])
        let ours = try await headrace(["consume", "t", "-p", "0", "-e", "-f", format], nil)
        #expect(ours.output == theirs.output)
      }
      let theirs = try await kcat(["-C", "-b", servers, "-t", "t", "-p", "1", "-e", "-q", "-J"])
      let ours = try await headrace(["consume", "t", "-p", "1", "-e", "-J"], nil)
      #expect(ours.output == theirs.output)
    }
  }

  @Test func topicsCopyKeepsEverything() async throws {
    try await EmbeddedBroker.withBroker { other in
      let target = other.bootstrapServers
      try await withBroker { headrace, servers in
        _ = try await headrace(["topics", "create", "t", "-p", "3", "-c", "cleanup.policy=compact"], nil)
        let lines = (0..<200).map { "k\($0):v\($0)\n" }.joined()
        _ = try await headrace(["produce", "t", "-K", ":", "-H", "a=b"], lines)
        let copy = try await headrace(["topics", "copy", "t", "u", "--to-bootstrap-server", target], nil)
        #expect(copy.code == 0, "\(copy.error)")
        for partition in 0..<3 {
          let format = "%p %k %s %T %h\\n"
          let before = try await headrace(["consume", "t", "-p", "\(partition)", "-e", "-f", format], nil)
          let after = try await HeadraceProcess.run([
            "consume", "u", "-p", "\(partition)", "-e", "-f", format, "-b", target,
          ])
          #expect(!before.output.isEmpty)
          #expect(before.output == after.output)
        }
      }
    }
  }

  @Test func aTopicThatIsNotThereIsSaidAtOnce() async throws {
    try await withBroker { headrace, _ in
      let began = ContinuousClock.now
      for words in [["produce", "nosuch"], ["consume", "nosuch", "-e"]] {
        let result = try await headrace(words, "a\n")
        #expect(result.code == 1)
        #expect(result.error.contains("headrace topics create nosuch"), "\(result.error)")
      }
      // librdkafka itself gives an unknown topic half a minute each time.
      #expect(ContinuousClock.now - began < .seconds(25))
      let lag = try await headrace(["lag", "nope"], nil)
      #expect(lag.code == 1)
      #expect(lag.error.hasPrefix("headrace: there is no group nope; "), "\(lag.error)")
    }
  }

  @Test func aStartThatIsRefusedLeavesNothingBehind() async throws {
    let folder = FileManager.default.temporaryDirectory.path + "/headrace-refused-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await withBroker { headrace, servers in
      for (settings, complaint) in [
        (["llm.base-url=localhost:1"], "must begin with http"), (["gateway.host=192.0.2.1"], "loopback"),
        (["blobs.store=s3"], "blobs.s3"),
      ] {
        let words = ["up", "--data", folder] + settings.flatMap { ["--set", $0] }
        let result = try await headrace(words, nil)
        #expect(result.code != 0)
        #expect(result.error.contains(complaint), "\(result.error)")
        #expect(!result.error.contains("released without close"), "\(result.error)")
        #expect(try await headrace(["topics", "list", "-o", "json"], nil).output == "[]\n")
      }
    }
    // What shows itself only when clients of Kafka are there: they are closed.
    try FileManager.default.createDirectory(atPath: folder + "/instance-id", withIntermediateDirectories: true)
    let late = try await HeadraceProcess.run(["up", "--data", folder, "--broker-port", "0", "--port", "0"])
    #expect(late.code == 1)
    #expect(late.error.contains("instance-id can't be written"), "\(late.error)")
    #expect(!late.error.contains("released without close"), "\(late.error)")
  }

  @Test func wrongUsageIsTwoAndFailureIsOne() async throws {
    #expect(try await HeadraceProcess.run(["topics", "lst"]).code == 2)
    #expect(try await HeadraceProcess.run(["config", "show", "--set", "gateway.prot=1"]).code == 2)
    let unreachable = try await HeadraceProcess.run(["documents", "list", "--gateway", "http://127.0.0.1:1"])
    #expect(unreachable.code == 1)
    #expect(unreachable.error.contains("headrace up"))
    #expect(unreachable.output.isEmpty)
  }
}
