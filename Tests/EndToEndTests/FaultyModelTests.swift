import Foundation
import HeadraceCore
import HeadraceHTTP
import HeadraceKafka
import HeadraceTesting
import Testing

/// A model that is away, too busy, broken: documents wait, nothing is lost, all end enriched when the fault is over.
@Suite(.timeLimit(.minutes(5))) struct FaultyModelTests {
  static let faults: [(name: String, kind: ScriptedFault.Kind)] = [
    ("too many requests", .status(429, retryAfter: 1)), ("server error", .status(500)), ("unavailable", .status(503)),
    ("reset", .resetBeforeAnswer), ("cut stream", .cut(afterPieces: 1)), ("no end mark", .noEndMark(afterPieces: 1)),
    ("wrong key", .status(401)), ("quota", .status(429, code: "insufficient_quota")),
  ]

  /// All faults at once, each with a platform of its own: most of the time goes in waiting.
  @Test func documentsWaitAsLongAsTheFaultLasts() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for fault in Self.faults { group.addTask { try await documentsWait(for: fault.kind, fault.name) } }
      try await group.waitForAll()
    }
  }

  private func documentsWait(for fault: ScriptedFault.Kind, _ name: String) async throws {
    try await World.withPlatform(.init(faults: [ScriptedFault(fault)])) { gateway, model, process, servers in
      var ids: [String] = []
      for number in 0..<5 {
        ids.append(
          try await gateway.uploadText("Note \(number): the ferry was late because of fog.", name: "\(number).txt"))
      }
      let deadline = ContinuousClock.now + .seconds(60)
      while model.requests.isEmpty, ContinuousClock.now < deadline { try await Task.sleep(for: .milliseconds(20)) }
      #expect(!model.requests.isEmpty, "\(name)")
      // Long enough for some attempts of each; none may use the documents up.
      try await Task.sleep(for: .seconds(2))
      for id in ids {
        let state = try await gateway.send("GET", "/v1/documents/\(id)").json["state"]?.string
        #expect(state == "uploaded" || state == "processing", "\(name): \(state ?? "nothing")")
      }
      model.configure { $0.faults = [] }
      for id in ids {
        let document = try await gateway.finished(id, within: .seconds(180))
        #expect(document["state"]?.string == "enriched", "\(name): \(document.text)")
      }
    }
  }

  /// A document alone, with nothing beside it that would tell its fault from the model's: it waits all the same, and goes
  /// on soon after the last of sixteen failures.
  @Test func aLoneDocumentOutlastsAnOutage() async throws {
    try await World.withPlatform(.init(faults: [ScriptedFault(.status(500), times: 16)])) { gateway, model, _, _ in
      let id = try await gateway.uploadText("A note about the ferry, which was late because of fog.", name: "n.txt")
      let document = try await gateway.finished(id, within: .seconds(120))
      #expect(document["state"]?.string == "enriched", "\(document.text)")
      #expect(model.refusedCalls == 16)
    }
  }

  /// At the end of the process nobody waits for a model that is away.
  @Test func anAbsentModelDoesNotHoldTheEndUp() async throws {
    try await World.withFolder { folder in
      let (process, gateway, _) = try await World.up(
        folder, model: nil, arguments: ["--broker-port", "0"],
        environment: ["HEADRACE_LLM_BASE_URL": "http://127.0.0.1:9/v1", "HEADRACE_LLM_MODEL": "m"])
      for number in 0..<20 {
        _ = try await gateway.uploadText("Note \(number) about the ferry.", name: "\(number).txt")
      }
      let deadline = ContinuousClock.now + .seconds(60)
      while !process.standardError.contains("the model fails"), ContinuousClock.now < deadline {
        try await Task.sleep(for: .milliseconds(50))
      }
      let start = ContinuousClock.now
      process.signal(SIGTERM)
      #expect(await process.exitCode() == 0, "\(process.standardError.suffix(2000))")
      // The enricher alone may take 18 s of the 30 that a shutdown has.
      #expect(ContinuousClock.now - start < .seconds(12))
    }
  }

  @Test func anAnswerThatIsNoJSONEndsInAFailureWithAReason() async throws {
    let fault = ScriptedFault(.answer("I would rather not."), matching: "poison")
    try await World.withPlatform(.init(faults: [fault])) { gateway, model, process, servers in
      let poison = try await gateway.uploadText("This poison note is about nothing at all, on purpose.", name: "p.txt")
      let good = try await gateway.uploadText("This other note is about boats in the harbour.", name: "g.txt")
      #expect(try await gateway.finished(good)["state"]?.string == "enriched")
      let failed = try await gateway.finished(poison, within: .seconds(90))
      #expect(failed["state"]?.string == "failed")
      #expect(failed["error"]?["reason"]?.string?.isEmpty == false)
      let dead = try await World.committedRecords("document.uploads.dlq", servers)
      #expect(dead.count { $0.key == Array(poison.utf8) } == 1)
    }
  }
}
