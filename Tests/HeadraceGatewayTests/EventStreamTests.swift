import Foundation
import HeadraceCore
import HeadraceDocuments
import HeadraceHTTP
import Testing

@testable import HeadraceGateway

@Suite(.timeLimit(.minutes(2)))
struct EventStreamTests {
  struct Event: Sendable, Hashable {
    var id = ""
    var type = ""
    var data = ""
  }

  /// Reads events until `enough` says so, the stream ends, or the connection is cut.
  static func read(
    _ harness: GatewayHarness, _ path: String, _ headers: HTTPClient.Headers = [:], node: Int = 0,
    cutAfter bytes: Int = .max, enough: @Sendable ([Event]) -> Bool = { _ in false }
  ) async throws -> (status: Int, events: [Event]) {
    try await harness.client.withResponse(
      to: HTTPClient.Request(url: harness.nodes[node].url + path, headers: headers)
    ) { response in
      var events: [Event] = []
      var current = Event()
      var text = ""
      var room = bytes
      for try await piece in response.body {
        text += String(decoding: piece.prefix(room), as: UTF8.self)
        room -= piece.count
        while let end = text.firstIndex(of: "\n") {
          let line = text[..<end]
          text = String(text[text.index(after: end)...])
          if line.hasPrefix("id: ") { current.id = String(line.dropFirst(4)) }
          if line.hasPrefix("event: ") { current.type = String(line.dropFirst(7)) }
          if line.hasPrefix("data: ") { current.data = String(line.dropFirst(6)) }
          if line.isEmpty {
            if !current.type.isEmpty { events.append(current) }
            current = Event()
            if enough(events) { return (response.status, events) }
          }
        }
        if room <= 0 { return (response.status, events) }
      }
      return (response.status, events)
    }
  }

  @Test func tellsWhatHappenedAndWhatHappens() async throws {
    try await GatewayHarness.run { harness in
      let made = try await harness.upload("x")
      let id = try #require(made.json["id"]?.string)
      try await harness.progress(id, done: 1, total: 2)
      async let reading = Self.read(harness, "/v1/documents/\(id)/events")
      try await harness.progress(id, done: 2, total: 2)
      try await harness.enrich(id)
      let (status, events) = try await reading
      #expect(status == 200)
      #expect(events.first?.type == DocumentUploaded.eventType)
      #expect(events.last?.type == DocumentEnriched.eventType)
      #expect(events.filter { $0.type == DocumentProgressed.eventType }.count == 2)
      #expect(Set(events.map(\.id)).count == events.count)
      let data = try JSONValue(parsing: try #require(events.first?.data))
      #expect(data["documentId"]?.string == id)
      #expect(data["text"] == nil)
    }
  }

  /// Cut after every event and resumed on the other gateway: no gap, no repeat.
  @Test func resumesAnywhereWithoutGapOrRepeat() async throws {
    try await GatewayHarness.run(gateways: 2) { harness in
      let made = try await harness.upload("x")
      let id = try #require(made.json["id"]?.string)
      for done in 1...12 { try await harness.progress(id, done: done, total: 12) }
      try await harness.enrich(id)
      _ = try await harness.get("/v1/documents/\(id)", ["prefer": "wait=30"])
      _ = try await harness.get("/v1/documents/\(id)", ["prefer": "wait=30"], node: 1)
      let whole = try await Self.read(harness, "/v1/documents/\(id)/events").events
      #expect(whole.count == 14)
      var pieces: [Event] = []
      var node = 0
      while pieces.last?.type != DocumentEnriched.eventType, pieces.count < 30 {
        node = 1 - node
        let headers: HTTPClient.Headers = pieces.last.map { ["last-event-id": $0.id] } ?? [:]
        let taken = 1 + pieces.count % 3
        let (_, events) = try await Self.read(harness, "/v1/documents/\(id)/events", headers, node: node) {
          $0.count >= taken
        }
        #expect(!events.isEmpty)
        pieces += events.prefix(taken)
      }
      #expect(pieces.map(\.data).sorted() == whole.map(\.data).sorted())
      // A client that has everything is told to stay away; so is a browser that connects again by itself.
      let after = try await harness.get("/v1/documents/\(id)/events", ["last-event-id": try #require(pieces.last?.id)])
      #expect(after.status == 204)
    }
  }

  @Test func beginsWhereItIsTold() async throws {
    try await GatewayHarness.run { harness in
      let made = try await harness.upload("x")
      let id = try #require(made.json["id"]?.string)
      try await harness.progress(id, done: 1, total: 2)
      let first = try await Self.read(harness, "/v1/documents/\(id)/events") { $0.count >= 2 }.events
      let cursor = try #require(first.first?.id)
      let next = try await Self.read(harness, "/v1/documents/\(id)/events?from=\(cursor)") { $0.count >= 1 }.events
      #expect(next.first == first.last)
      async let now = Self.read(harness, "/v1/documents/\(id)/events?from=now") { $0.count >= 1 }
      try await Task.sleep(for: .milliseconds(300))
      try await harness.progress(id, done: 2, total: 2)
      let live = try await now
      #expect(live.events.count == 1)
      #expect(live.events.first?.data.contains("\"done\":2") == true)
      let old = try await Self.read(harness, "/v1/documents/\(id)/events?from=2020-01-01T00:00:00Z") { $0.count >= 1 }
      #expect(old.events.first?.type == DocumentUploaded.eventType)
      let bad = try await harness.get("/v1/documents/\(id)/events?from=nonsense")
      #expect(bad.status == 400)
      #expect(bad.json["type"]?.string == "/problems/invalid-cursor")
    }
  }

  /// Cut after any number of bytes and resumed at any gateway, hundreds of times (10,000 with `HEADRACE_SOAK=1`).
  @Test(.timeLimit(.minutes(10))) func resumesOverRandomCuts() async throws {
    let wanted = ProcessInfo.processInfo.environment["HEADRACE_SOAK"] == nil ? 300 : 10_000
    try await GatewayHarness.run(gateways: 2) { harness in
      let made = try await harness.upload("x")
      let id = try #require(made.json["id"]?.string)
      for done in 1...40 { try await harness.progress(id, done: done, total: 40) }
      try await harness.enrich(id)
      for node in 0...1 { _ = try await harness.get("/v1/documents/\(id)", ["prefer": "wait=30"], node: node) }
      let whole = try await Self.read(harness, "/v1/documents/\(id)/events").events.map(\.data)
      var cuts = 0
      while cuts < wanted {
        var seen: [Event] = []
        while seen.last?.type != DocumentEnriched.eventType {
          let headers: HTTPClient.Headers = seen.last.map { ["last-event-id": $0.id] } ?? [:]
          let (status, events) = try await Self.read(
            harness, "/v1/documents/\(id)/events", headers, node: Int.random(in: 0...1),
            cutAfter: Int.random(in: 1...2500))
          #expect(status == 200)
          seen += events
          cuts += 1
          guard cuts < wanted * 2 else { break }
        }
        #expect(Set(seen.map(\.data)).count == seen.count, "a repeat")
        #expect(seen.map(\.data).sorted() == whole.sorted(), "a gap")
      }
    }
  }
}
