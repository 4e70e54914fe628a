import FoundationEssentials
import Glibc
import HeadraceCore
import HeadraceKafka
import HeadraceTesting
import Testing

@testable import HeadraceDocuments

/// Streams of events: what has happened, then what happens; cut anywhere and resumed on any replica.
@Suite("Event streams", .timeLimit(.minutes(4)))
struct EventStreamTests {
  private static let isSoak = ProcessEnvironment.value("HEADRACE_SOAK") == "1"

  /// 10,000 cuts in a soak; a few hundred otherwise.
  @Test func aStreamCutAnywhereResumesOnEitherReplicaWithNoGapAndNoRepeat() async throws {
    let wantedCuts = EventStreamTests.isSoak ? 10_000 : 400
    try await TestPlatform.with { platform in
      let services = [platform.documents("a"), platform.documents("b")]
      let writer = try TestWriter(platform)
      try await platform.running(services[0], services[1]) {
        for service in services { try await service.waitUntilReady(timeout: .seconds(20)) }
        var cuts = 0
        var round = 0
        while cuts < wantedCuts {
          round += 1
          let document = try await services[round % 2].upload("text \(round)")
          let steps = 24
          let seen = try await withThrowingTaskGroup(of: (events: [DocumentEvent], cuts: Int).self) { group in
            for reader in 0..<4 {
              let seed = UInt64(round * 31 + reader)
              group.addTask { try await EventStreamTests.read(document.id, services, seed: seed) }
            }
            for step in 0...steps {
              try await writer.step(.model, step, of: steps, document: document)
              // A crash of the enricher repeats a step.
              if step % 7 == 3 { try await writer.step(.model, step, of: steps, document: document) }
            }
            try await writer.enrich(document)
            return try await group.reduce(into: []) { $0.append($1) }
          }
          for reading in seen {
            #expect(reading.events.map(\.type).first == DocumentUploaded.eventType)
            #expect(reading.events.map(\.type).last == DocumentEnriched.eventType)
            let done = reading.events.filter { $0.type == DocumentProgressed.eventType }.map(\.id)
            #expect(done == (0...steps).map { "\(document.source!)/model/\($0)" })
            cuts += reading.cuts
          }
        }
      }
      await writer.close()
    }
  }

  /// Reads to the end with cuts at random places, resuming on a random replica.
  private static func read(
    _ id: DocumentID, _ services: [DocumentService], seed: UInt64
  ) async throws -> (events: [DocumentEvent], cuts: Int) {
    var generator = SeededGenerator(seed: seed)
    var events: [DocumentEvent] = []
    var cuts = 0
    var start = DocumentEventStart.start
    while true {
      let service = services.randomElement(using: &generator)!
      var rest = Int.random(in: 1...6, using: &generator)
      var isCut = false
      for try await event in try await service.events(of: id, from: start) {
        events.append(event)
        start = .cursor(event.cursor)
        rest -= 1
        if rest == 0 {
          isCut = true
          break
        }
      }
      guard isCut else { return (events, cuts) }
      cuts += 1
    }
  }

  @Test func startsAreStartNowATimeOrACursor() async throws {
    try await TestPlatform.with { platform in
      let documents = platform.documents()
      let writer = try TestWriter(platform)
      try await platform.running(documents) {
        try await documents.waitUntilReady(timeout: .seconds(20))
        let document = try await documents.upload("text")
        try await writer.step(.extract, 0, of: 1, document: document)
        try await Task.sleep(for: .milliseconds(20))
        let middle = Date.now
        try await Task.sleep(for: .milliseconds(20))
        try await writer.step(.extract, 1, of: 1, document: document)
        while try await documents.get(document.id).progress?.done != 1 { try await Task.sleep(for: .milliseconds(2)) }
        async let fromNow = documents.allEvents(of: document.id, from: .now)
        async let fromMiddle = documents.allEvents(of: document.id, from: .time(middle))
        // The watch of `now` is in place when the stream is; give both time to be.
        while documents.view.signals.watchedDocuments == 0 { await Task.yield() }
        try await Task.sleep(for: .milliseconds(100))
        try await writer.enrich(document)
        #expect(try await fromNow.map(\.type) == [DocumentEnriched.eventType])
        #expect(
          try await fromMiddle.map(\.type) == [DocumentProgressed.eventType, DocumentEnriched.eventType])
        let all = try await documents.allEvents(of: document.id)
        #expect(all.count == 4)
        #expect(try await documents.allEvents(of: document.id, from: .cursor(all[3].cursor)).isEmpty)
        #expect(try await documents.allEvents(of: document.id, from: .now).isEmpty)
        #expect(try await documents.allEvents(of: document.id, from: .time(.distantPast)) == all)
        // The text of an upload stays out of the stream.
        #expect(try JSONValue(parsing: all[0].data)["text"] == nil)
        await expect(.invalidCursor) { _ = try await documents.events(of: document.id, from: .cursor("nonsense")) }
        await expect(.notFound) { _ = try await documents.events(of: .random(), from: .start) }
      }
      await writer.close()
    }
  }

  @Test func aCursorBeforeExpiredStepsIsReset() async throws {
    try await TestPlatform.with { platform in
      let documents = platform.documents()
      let writer = try TestWriter(platform)
      try await platform.running(documents) {
        try await documents.waitUntilReady(timeout: .seconds(20))
        let document = try await documents.upload("text")
        for step in 0...3 { try await writer.step(.model, step, of: 3, document: document) }
        while try await documents.get(document.id).progress?.done != 3 { try await Task.sleep(for: .milliseconds(2)) }
        var iterator = try await documents.events(of: document.id, from: .start).makeAsyncIterator()
        var seen: [DocumentEvent] = []
        for _ in 0..<5 { if let event = try await iterator.next() { seen.append(event) } }
        try await documents.view.open().store.dropProgress(before: .max)
        try await writer.enrich(document)
        let late = try await documents.allEvents(of: document.id, from: .cursor(seen[1].cursor))
        #expect(late.map(\.type) == ["reset", DocumentEnriched.eventType])
        #expect(try JSONValue(parsing: late[0].data)["reason"] == "expired")
        // Who had seen all of them misses nothing.
        let current = try await documents.allEvents(of: document.id, from: .cursor(seen[4].cursor))
        #expect(current.map(\.type) == [DocumentEnriched.eventType])
      }
      await writer.close()
    }
  }

  @Test func aCursorOfAnotherLogIsResetAndACancelledReaderLosesNothing() async throws {
    try await TestPlatform.with { platform in
      let documents = platform.documents()
      let writer = try TestWriter(platform)
      try await platform.running(documents) {
        try await documents.waitUntilReady(timeout: .seconds(20))
        let document = try await documents.upload("text")
        var iterator = try await documents.events(of: document.id, from: .start).makeAsyncIterator()
        #expect(try await iterator.next()?.type == DocumentUploaded.eventType)
        // Cancelled while it waits: the next call goes on.
        let waiting = Task { [iterator] in
          var iterator = iterator
          return try await iterator.next()
        }
        try await Task.sleep(for: .milliseconds(50))
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        try await writer.step(.extract, 0, of: 1, document: document)
        #expect(try await iterator.next()?.type == DocumentProgressed.eventType)

        let foreign = EventCursor(clusterID: "another", partition: document.source!.partition)
        var stream = try await documents.events(of: document.id, from: .cursor(foreign.text)).makeAsyncIterator()
        let reset = try #require(try await stream.next())
        #expect(reset.type == "reset")
        #expect(try JSONValue(parsing: reset.data)["reason"] == "other_log")
        #expect(try await stream.next()?.type == DocumentUploaded.eventType)
        try await documents.delete(document.id)
        // The step was read before the deletion, or is gone with it.
        var last: DocumentEvent?
        while let event = try await stream.next() { last = event }
        #expect(last?.type == DocumentDeleted.eventType)
      }
      await writer.close()
    }
  }
}

enum ProcessEnvironment {
  static func value(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
