import Foundation
import HeadraceCore
import HeadraceTesting
import Testing

/// Two gateways on one log.
@Suite(.timeLimit(.minutes(5)), .serialized) struct ReplicasTests {
  private func withTwoGateways(
    _ configuration: ScriptedModelConfiguration = .init(),
    _ body: @Sendable (GatewayFace, GatewayFace, ScriptedModel) async throws -> Void
  ) async throws {
    try await World.withPlatform(configuration) { first, model, process, servers in
      try await World.withFolder { folder in
        // The gateways share contents, as they would by S3.
        let second = try HeadraceProcess(
          [
            "serve", "gateway", "--bootstrap-server", servers, "--data", "\(folder)/data", "--port", "0", "-o", "json",
            "--set", "blobs.folder=\(process.folder)/data/blobs",
          ], folder: folder)
        do {
          let address = try #require(try await second.ready()["gateway"]?.string)
          try await body(first, GatewayFace(url: address), model)
        } catch {
          await second.killNow()
          throw error
        }
        second.signal(SIGTERM)
        #expect(await second.exitCode() == 0, "\(second.standardError.suffix(2000))")
      }
    }
  }

  @Test func oneKeySentToBothMakesOneDocument() async throws {
    try await withTwoGateways { first, second, model in
      for round in 0..<5 {
        let bytes = Array("The same letter, round \(round), sent twice at once to two gateways.".utf8)
        async let one = first.upload(bytes, name: "letter.txt", key: "key-\(round)")
        async let two = second.upload(bytes, name: "letter.txt", key: "key-\(round)")
        let answers = try await [one, two]
        #expect(answers.allSatisfy { $0.status == 202 })
        #expect(Set(answers.map { $0.json["id"]?.string }).count == 1)
        #expect(Set(answers.map { $0.json["source"]?["offset"]?.int }).count == 1, "two receipts")
        let other = try await second.upload(Array("Another body".utf8), name: "letter.txt", key: "key-\(round)")
        #expect(other.status == 422)
      }
      #expect(try await first.send("GET", "/v1/documents").json["documents"]?.array?.count == 5)
    }
  }

  @Test func theOtherGatewayReadsWhatThisOneAcknowledged() async throws {
    try await withTwoGateways { first, second, model in
      for number in 0..<20 {
        let id = try await first.uploadText("Letter number \(number) about the ferry.", name: "\(number).txt")
        #expect(try await second.send("GET", "/v1/documents/\(id)").status == 200)
      }
    }
  }

  @Test func aStreamCutOnOneResumesOnTheOther() async throws {
    try await withTwoGateways(.init(latency: .fixed(.milliseconds(50)))) { first, second, model in
      let text = (0..<400).map { "Paragraph \($0) tells of the tide, the ferry and the fog.\n\n" }.joined()
      let id = try await first.uploadText(text, name: "long.txt")
      _ = try await first.finished(id)
      let whole = try await first.events(id)
      #expect(whole.count >= 3)
      #expect(whole.last?.type == "headrace.document.enriched.v1")
      #expect(Set(whole.map(\.id)).count == whole.count)
      for cut in 1..<whole.count {
        let head = try await first.events(id, count: cut)
        let tail = try await second.events(id, lastEventID: head.last?.id)
        #expect((head + tail).map(\.data) == whole.map(\.data), "cut after \(cut)")
      }
    }
  }
}
