import HeadraceCore
import Synchronization
import Testing

@testable import HeadraceHTTPServer

/// Clients that are slow, that leave, that flood; and the end of a server.
@Suite(.timeLimit(.minutes(1)))
struct ServerLifeTests {
  /// A place where a test waits for something that a handler does.
  final class Gate: Sendable {
    private let signal = DrainSignal()
    func open() { signal.begin() }
    func wait() async { await signal.begun() }
    var isOpen: Bool { signal.isDraining }
  }

  @Test func aHangUpCancelsTheHandler() async throws {
    let (entered, left) = (Gate(), Gate())
    var router = Router()
    router.get("/park") { _ in
      entered.open()
      do { try await Task.sleep(for: .seconds(50)) } catch { left.open() }
      return .text("late")
    }
    try await withHTTPServer(router) { _, port in
      let client = try RawClient(port: port)
      try await client.send("GET /park HTTP/1.1\r\nHost: x\r\n\r\n")
      await entered.wait()
      client.finishSending()
      await left.wait()
      #expect(try await client.receiveAll() == "")
    }
  }

  @Test func aHangUpInTheMiddleOfABodyIsThrown() async throws {
    let failed = Gate()
    var router = Router()
    router.post("/take", bodyLimit: 1 << 20) { request in
      do {
        for try await _ in request.body {}
      } catch is HTTPConnectionClosed { failed.open() } catch is CancellationError { failed.open() }
      return .text("done")
    }
    try await withHTTPServer(router) { _, port in
      let client = try RawClient(port: port)
      try await client.send("POST /take HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc")
      client.finishSending()
      await failed.wait()
    }
  }

  @Test func aSlowHeadIsClosedAtItsDeadline() async throws {
    var configuration = HTTPServerConfiguration()
    configuration.headTimeout = .milliseconds(400)
    try await withHTTPServer(ServerTests.router, configuration: configuration) { _, port in
      let client = try RawClient(port: port)
      try await client.send("GET / HT")
      let answer = try await client.receiveAll()
      #expect(answer.hasPrefix("HTTP/1.1 408 "))
    }
  }

  @Test func anIdleConnectionIsClosed() async throws {
    var configuration = HTTPServerConfiguration()
    configuration.idleTimeout = .milliseconds(300)
    try await withHTTPServer(ServerTests.router, configuration: configuration) { _, port in
      let client = try RawClient(port: port)
      try await client.send("GET /hello/x HTTP/1.1\r\nHost: x\r\n\r\n")
      #expect(try await client.receiveAll().hasSuffix("Hello, x!"))
    }
  }

  @Test func aSlowBodyAnswers408() async throws {
    var configuration = HTTPServerConfiguration()
    configuration.bodyTimeout = .milliseconds(300)
    try await withHTTPServer(ServerTests.router, configuration: configuration) { _, port in
      let client = try RawClient(port: port)
      try await client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
      #expect(try await client.receiveAll().hasPrefix("HTTP/1.1 408 "))
    }
  }

  /// The handler never reads: the client can push no more than the buffers hold.
  @Test func aBodyThatNobodyReadsStopsTheSocket() async throws {
    let release = Gate()
    var router = Router()
    router.post("/ignore", bodyLimit: 1 << 30) { request in
      await release.wait()
      var count = 0
      for try await slice in request.body { count += slice.count }
      return .text("\(count)")
    }
    try await withHTTPServer(router) { _, port in
      let client = try RawClient(port: port)
      let size = 32 << 20
      try await client.send("POST /ignore HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: \(size)\r\n\r\n")
      let sent = Gate()
      async let sending: Void = {
        try await client.send([UInt8](repeating: 7, count: size))
        sent.open()
      }()
      try await Task.sleep(for: .milliseconds(300))
      #expect(!sent.isOpen, "the kernel and the server took 32 MiB that nobody reads")
      release.open()
      try await sending
      #expect(try await client.receiveAll().hasSuffix("\r\n\r\n\(size)"))
    }
  }

  /// A client that takes nothing holds its writer up and is cut in the end; memory stays bounded.
  @Test func aClientThatReadsNothingIsCut() async throws {
    let cut = Gate()
    let written = Mutex(0)
    var router = Router()
    router.get("/flood") { _ in
      HTTPResponse(
        status: .ok,
        body: .stream(length: nil) { writer in
          do {
            while true {
              try await writer.write([UInt8](repeating: 1, count: 64 << 10))
              written.withLock { $0 += 64 << 10 }
            }
          } catch {
            cut.open()
            throw error
          }
        })
    }
    var configuration = HTTPServerConfiguration()
    configuration.writeTimeout = .milliseconds(500)
    let shared = configuration
    let flood = router
    try await withHTTPServer(flood, configuration: shared) { _, port in
      let client = try RawClient(port: port, receiveBuffer: 8 << 10)
      try await client.send("GET /flood HTTP/1.1\r\nHost: x\r\n\r\n")
      await cut.wait()
    }
    #expect(written.withLock { $0 } < 32 << 20)
  }

  @Test func aSlowListenerIsCutAfterAWholeEvent() async throws {
    let cut = Gate()
    var router = Router()
    router.get("/events") { _ in
      HTTPResponse(
        status: .ok,
        body: .events(ServerSentEventOptions()) { writer in
          do {
            for number in 0..<100_000 {
              try writer.sendOrCut(ServerSentEvent(id: "\(number)", data: String(repeating: "x", count: 1000)))
              if number % 50 == 0 { try await Task.sleep(for: .milliseconds(1)) }
            }
          } catch let closed as HTTPConnectionClosed {
            if closed.cause == .slowClient { cut.open() }
            throw closed
          }
        })
    }
    try await withHTTPServer(router) { _, port in
      let client = try RawClient(port: port, receiveBuffer: 8 << 10)
      try await client.send("GET /events HTTP/1.0\r\n\r\n")
      await cut.wait()
    }
  }

  @Test func aSilentStreamGetsComments() async throws {
    var router = Router()
    router.get("/events") { _ in
      HTTPResponse(
        status: .ok,
        body: .events(ServerSentEventOptions(heartbeat: .milliseconds(250))) { _ in
          try await Task.sleep(for: .seconds(50))
        })
    }
    try await withHTTPServer(router) { _, port in
      let client = try RawClient(port: port)
      try await client.send("GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
      let answer = try await client.receive(until: ": still here\n\n\r\n")
      #expect(answer.contains(": still here\n\n"))
    }
  }

  @Test func drainFinishesWhatRunsAndTellsStreamsToComeAgain() async throws {
    let (entered, streaming, release) = (Gate(), Gate(), Gate())
    var router = Router()
    router.get("/slow") { request in
      entered.open()
      await request.drain.begun()
      await release.wait()
      return .text("finished")
    }
    router.get("/events") { _ in
      let options = ServerSentEventOptions(farewell: ServerSentEvent(event: "reconnect", data: "soon"))
      return HTTPResponse(
        status: .ok,
        body: .events(options) { writer in
          try await writer.send(ServerSentEvent(id: "7", data: "seven"))
          streaming.open()
          try await Task.sleep(for: .seconds(50))
        })
    }
    let server = HTTPServer(router: router)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await server.run() }
      let port = try await server.boundPort()
      let (slow, events, idle) = (try RawClient(port: port), try RawClient(port: port), try RawClient(port: port))
      try await slow.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
      try await events.send("GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
      await entered.wait()
      await streaming.wait()
      server.drain()
      let stream = try await events.receiveAll()
      #expect(stream.contains("id: 7\ndata: seven\n\n"))
      #expect(stream.contains("event: reconnect\ndata: soon\n\n"))
      #expect(stream.hasSuffix("0\r\n\r\n"))
      #expect(try await idle.receiveAll() == "")
      #expect(throws: (any Error).self) { try RawClient(port: port) }
      release.open()
      let answer = try await slow.receiveAll()
      #expect(answer.hasSuffix("\r\n\r\nfinished"))
      #expect(answer.contains("connection: close\r\n"))
      try await group.waitForAll()
    }
  }

  @Test func drainCutsWhatDoesNotEnd() async throws {
    let entered = Gate()
    var router = Router()
    router.get("/forever") { _ in
      entered.open()
      try await Task.sleep(for: .seconds(50))
      return .text("never")
    }
    var configuration = HTTPServerConfiguration()
    configuration.drainTimeout = .milliseconds(300)
    let server = HTTPServer(configuration: configuration, router: router)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await server.run() }
      let client = try RawClient(port: try await server.boundPort())
      try await client.send("GET /forever HTTP/1.1\r\nHost: x\r\n\r\n")
      await entered.wait()
      server.drain()
      try await group.waitForAll()
      #expect(try await client.receiveAll() == "")
    }
  }

  @Test func connectionsBeyondTheLimitWait() async throws {
    var configuration = HTTPServerConfiguration()
    configuration.connections = 16
    try await withHTTPServer(ServerTests.router, configuration: configuration) { _, port in
      var held: [RawClient] = []
      for _ in 0..<16 {
        let client = try RawClient(port: port)
        try await client.send("GET /hello/x HTTP/1.1\r\nHost: x\r\n\r\n")
        _ = try await client.receive(until: "Hello, x!")
        held.append(client)
      }
      let waiting = try RawClient(port: port)
      try await waiting.send("GET /hello/later HTTP/1.1\r\nHost: x\r\n\r\n")
      held[3].finishSending()
      #expect(try await waiting.receive(until: "later!").hasSuffix("Hello, later!"))
    }
  }

  @Test func aTakenPortIsAnError() async throws {
    try await withHTTPServer(ServerTests.router) { _, port in
      let second = HTTPServer(configuration: HTTPServerConfiguration(port: port), router: ServerTests.router)
      await #expect(throws: (any Error).self) { try await second.run() }
      await #expect(throws: (any Error).self) { try await second.boundPort() }
    }
  }

  @Test func pipelinedRequestsAreAnsweredInOrder() async throws {
    try await withHTTPServer(ServerTests.router) { _, port in
      var text = ""
      for number in 0..<50 { text += "GET /hello/\(number) HTTP/1.1\r\nHost: x\r\n\r\n" }
      let client = try RawClient(port: port)
      try await client.send(text)
      let answer = try await client.receive(until: "Hello, 49!")
      let found = answer.split(separator: "\r\n\r\n").compactMap { part in
        part.hasPrefix("Hello, ") ? part.dropFirst(7).prefix { $0 != "!" } : nil
      }
      #expect(found == (0..<50).map { Substring("\($0)") })
    }
  }

  @Test func aBodyThatNobodyWantedIsThrownAway() async throws {
    try await withHTTPServer(ServerTests.router) { _, port in
      let client = try RawClient(port: port)
      try await client.send("POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc")
      #expect(try await client.receive(until: "}").hasPrefix("HTTP/1.1 404 "))
      try await client.send("GET /hello/again HTTP/1.1\r\nHost: x\r\n\r\n")
      #expect(try await client.receive(until: "!").hasSuffix("Hello, again!"), "a short body costs no connection")
    }
  }

  /// On the loop's own thread everything is as on the pool; a handler that outlives the server still comes to its end.
  @Test func handlersRunOnTheLoop() async throws {
    let (entered, release, left) = (Gate(), Gate(), Gate())
    var router = ServerTests.router
    router.get("/stubborn") { _ in
      entered.open()
      // A wait that no cancellation ends, as for an acknowledgement of the log.
      await Task.detached { await release.wait() }.value
      left.open()
      return .text("late")
    }
    var configuration = HTTPServerConfiguration()
    configuration.handlers = .loop
    try await withHTTPServer(router, configuration: configuration) { _, port in
      await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<20 {
          group.addTask {
            let client = try RawClient(port: port)
            for turn in 0..<20 {
              let text = "\(number)-\(turn)"
              try await client.send(
                "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(text)")
              #expect(try await client.receive(until: text).hasSuffix("\r\n\r\n\(text)"))
            }
          }
        }
      }
      let streamed = try await RawClient.exchange(port, "GET /stream HTTP/1.0\r\n\r\n")
      #expect(streamed.hasSuffix("\r\n\r\npart 0;part 1;part 2;"))
      let client = try RawClient(port: port)
      try await client.send("GET /stubborn HTTP/1.1\r\nHost: x\r\n\r\n")
      await entered.wait()
    }
    release.open()
    await left.wait()
  }
}
