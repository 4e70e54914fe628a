import HeadraceCore
import HeadraceDocuments
import HeadraceHTTP
import HeadraceTesting
import Synchronization
import Testing

@testable import HeadraceGateway

/// Overload, a broken log, and the end.
@Suite(.timeLimit(.minutes(2)))
struct GatewayLifeTests {
  /// Uploads a body that stays open until the test lets it end.
  private static func slowUpload(_ harness: GatewayHarness, until gate: DrainGate) async throws -> Int {
    try await harness.client.execute(
      HTTPClient.Request(
        method: "POST", url: "\(harness.url)/v1/documents?name=slow", headers: ["content-type": "text/plain"],
        body: .stream(length: nil) { writer in
          try await writer.write([65])
          gate.begun()
          await gate.wait()
          try await writer.write([66])
        })
    ).status
  }

  /// Opens once; says, too, that the upload is on its way.
  final class DrainGate: Sendable {
    private let stream = AsyncStream<Void>.makeStream()
    private let start = AsyncStream<Void>.makeStream()
    func open() { stream.continuation.finish() }
    func wait() async { for await _ in stream.stream {} }
    func begun() { start.continuation.finish() }
    func waitForStart() async { for await _ in start.stream {} }
  }

  /// What each acknowledged document holds.
  final class Receipts: Sendable {
    let texts = Mutex<[String: String]>([:])
  }

  @Test func refusesWhatIsTooMuchAndRecovers() async throws {
    try await GatewayHarness.run { configuration in
      configuration.maximumUploads = 1
      configuration.maximumWaiters = 1
      configuration.maximumEventStreams = 1
    } _: { harness in
      let gate = DrainGate()
      async let slow = Self.slowUpload(harness, until: gate)
      await gate.waitForStart()
      var refused: GatewayHarness.Answer?
      // The first byte may still be on its way to the handler.
      for _ in 0..<500 where refused == nil {
        let answer = try await harness.upload("x")
        if answer.status == 503 { refused = answer }
      }
      #expect(refused?.headers["retry-after"] == "1")
      #expect(refused?.json["type"]?.string == "/problems/overloaded")
      gate.open()
      #expect(try await slow == 202)
      #expect(try await harness.upload("y").status == 202)

      // One waits; another one is answered at once instead.
      let made = try await harness.upload("z")
      let id = try #require(made.json["id"]?.string)
      async let first = harness.get("/v1/documents/\(id)", ["prefer": "wait=60"])
      async let second = harness.get("/v1/documents/\(id)", ["prefer": "wait=60"])
      try await Task.sleep(for: .milliseconds(200))
      try await harness.enrich(id)
      let answers = try await [first, second]
      #expect(answers.allSatisfy { $0.status == 200 })
      #expect(answers.filter { $0.headers["preference-applied"] == nil }.count >= 1)

      let open = try await harness.upload("w")
      let other = try #require(open.json["id"]?.string)
      let path = "/v1/documents/\(other)/events"
      try await harness.client.withResponse(to: HTTPClient.Request(url: harness.url + path)) { response in
        #expect(response.status == 200)
        var pieces = response.body.makeAsyncIterator()
        _ = try await pieces.next()
        let refused = try await harness.get(path)
        #expect(refused.status == 503)
        #expect(refused.headers["retry-after"] != nil)
      }
      // The place is free once the hang-up was seen.
      var status = 0
      let end = ContinuousClock.now + .seconds(30)
      while status != 200, .now < end {
        status = try await EventStreamTests.read(harness, path) { !$0.isEmpty }.status
      }
      #expect(status == 200)
    }
  }

  @Test func aLogThatDoesNotAnswerIsA503AndPasses() async throws {
    try await GatewayHarness.run(acknowledgement: .seconds(1)) { harness in
      #expect(try await harness.upload("before").status == 202)
      await harness.broker.kill()
      let down = try await harness.upload("during")
      #expect(down.status == 503, "\(down.text)")
      #expect(down.headers["retry-after"] != nil)
      #expect(down.json["type"]?.string == "/problems/log-unavailable")
      #expect(try await harness.get("/livez").status == 200)
      #expect(try await harness.get("/readyz").status == 503)
      try await harness.broker.start()
      var status = 0
      let end = ContinuousClock.now + .seconds(30)
      while status != 202, .now < end { status = try await harness.upload("after").status }
      #expect(status == 202)
    }
  }

  /// Uploads go on while the broker is killed and comes back: what got its 202 is in the log, once, with its bytes.
  @Test func G01_everyAcknowledgedUploadSurvivesKillsOfTheBroker() async throws {
    try await GatewayHarness.run(acknowledgement: .seconds(5)) { harness in
      let receipts = Receipts()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for worker in 0..<4 {
          group.addTask {
            for number in 0..<25 {
              let text = "worker \(worker) number \(number)"
              // The key makes a second attempt safe, whatever became of the first.
              for _ in 0..<60 {
                let answer = try? await harness.upload(text, ["idempotency-key": "\(worker)-\(number)"])
                if let answer, answer.status == 202, let id = answer.json["id"]?.string {
                  receipts.texts.withLock { $0[id] = text }
                  break
                }
                try await Task.sleep(for: .milliseconds(50))
              }
            }
          }
        }
        for _ in 0..<3 {
          try await Task.sleep(for: .milliseconds(300))
          try await harness.broker.killAndRestart()
        }
        try await group.waitForAll()
      }
      let all = receipts.texts.withLock { $0 }
      #expect(all.count == 100)
      for (id, text) in all {
        var content = try await harness.get("/v1/documents/\(id)/content")
        for _ in 0..<50 where content.status == 503 { content = try await harness.get("/v1/documents/\(id)/content") }
        #expect(content.text == text, "\(id)")
      }
    }
  }

  /// Waiters are answered, streams are told to come again, within the bound.
  @Test func G14_drainAnswersWhoWaitsWithinItsBound() async throws {
    try await GatewayHarness.run(gateways: 2) { harness in
      let made = try await harness.upload("x")
      let id = try #require(made.json["id"]?.string)
      async let waiting = harness.get("/v1/documents/\(id)", ["prefer": "wait=60"])
      async let posting = harness.upload("y", ["prefer": "wait=60"])
      let streaming = DrainGate()
      async let events = EventStreamTests.read(harness, "/v1/documents/\(id)/events") { events in
        if !events.isEmpty { streaming.open() }
        return false
      }
      await streaming.wait()
      try await Task.sleep(for: .milliseconds(300))
      let started = ContinuousClock.now
      harness.nodes[0].gateway.drain()
      #expect(try await waiting.status == 200)
      #expect(try await posting.status == 202)
      let seen = try await events.events
      #expect(ContinuousClock.now - started < .seconds(5))
      #expect(seen.first?.type == DocumentUploaded.eventType)
      #expect(seen.last?.type == "reconnect")
      await #expect(throws: (any Error).self) { try await harness.upload("z") }
      // The cursor that the client has goes on at the other gateway.
      try await harness.enrich(id)
      let cursor = try #require(seen.first?.id)
      let rest = try await EventStreamTests.read(
        harness, "/v1/documents/\(id)/events", ["last-event-id": cursor], node: 1
      ).events
      #expect(rest.map(\.type) == [DocumentEnriched.eventType])
    }
  }
}
