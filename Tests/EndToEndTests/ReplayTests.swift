import Foundation
import HeadraceCore
import HeadraceTesting
import Testing

/// `headrace replay` over a running platform.
@Suite(.timeLimit(.minutes(5)), .serialized) struct ReplayTests {
  @Test func G05_anIdenticalReplayPaysForNothing() async throws {
    try await World.withPlatform { gateway, model, process, servers in
      @Sendable func headrace(_ arguments: [String]) async throws -> JSONValue {
        let result = try await HeadraceProcess.run(
          arguments + ["-b", servers, "--set", "data-folder=\(process.folder)/data", "--json"],
          environment: model.environment)
        guard result.code == 0 else { throw Unexpected("\(arguments): \(result.error)") }
        return try JSONValue(parsing: result.output)
      }
      for number in 0..<10 {
        let id = try await gateway.uploadText("Letter \(number) about the tide and the ferry.", name: "\(number).txt")
        #expect(try await gateway.finished(id)["state"]?.string == "enriched")
      }
      let paid = model.billedCalls
      let plan = try await headrace(["replay", "plan", "enricher"])
      #expect(plan["journalHits"]?.int == 10)
      #expect(plan["journalMisses"]?.int == 0)
      let hash = try #require(plan["hash"]?.string)
      let run = try await headrace(["replay", "run", hash])
      let id = try #require(run["plan"]?["id"]?.string)
      let deadline = ContinuousClock.now + .seconds(60)
      var state = ""
      while state != "complete", ContinuousClock.now < deadline {
        state = try await headrace(["replay", "status", id])["run"]?["state"]?.string ?? ""
        if state != "complete" { try await Task.sleep(for: .milliseconds(200)) }
      }
      #expect(state == "complete")
      #expect(model.billedCalls == paid)
      let diff = try await headrace(["replay", "diff", id])
      #expect(diff["equal"]?.int == 10)
      #expect(diff["changed"]?.int == 0)
      let promoted = try await headrace(["replay", "promote", id, "--yes"])
      #expect((promoted["written"]?.int ?? -1) >= 0)
    }
  }
}
