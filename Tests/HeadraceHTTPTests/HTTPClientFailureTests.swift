import HeadraceCore
import HeadraceHTTPServer
import Synchronization
import Testing

@testable import HeadraceHTTP

/// Everything that goes wrong on a wire, told apart; and whether the server may have acted.
@Suite(.timeLimit(.minutes(1)))
struct HTTPClientFailureTests {
  private func failure(
    _ request: HTTPClient.Request, with client: HTTPClient = HTTPClient()
  ) async -> HTTPClientError? {
    await #expect(throws: HTTPClientError.self) { try await client.execute(request) }
  }

  @Test func nobodyListens() async throws {
    // A port that was free a moment ago.
    let port = try await withHTTPServer(Router()) { _, port in port }
    let error = await failure(.init(method: "POST", url: "http://127.0.0.1:\(port)/", body: .bytes([1])))
    #expect(error?.kind == .connection)
    #expect(error?.mayHaveBeenActedOn == false)
    #expect(error?.failureClass == .transient)
  }

  @Test func aNameWithoutAddress() async {
    let error = await failure(.init(url: "http://nowhere.invalid/"))
    #expect(error?.kind == .nameResolution)
    #expect(error?.mayHaveBeenActedOn == false)
  }

  @Test func noTLSWhereItIsExpected() async throws {
    try await withHTTPServer(Router()) { _, port in
      let error = await failure(.init(url: "https://127.0.0.1:\(port)/"))
      #expect(error?.kind == .tls)
      #expect(error?.mayHaveBeenActedOn == false)
      #expect(error?.failureClass == .configuration)
    }
  }

  @Test func noFirstByte() async throws {
    var router = Router()
    router.post("/park") { _ in
      try await Task.sleep(for: .seconds(50))
      return .text("late")
    }
    try await withHTTPServer(router) { _, port in
      var request = HTTPClient.Request(method: "POST", url: "http://127.0.0.1:\(port)/park", body: .bytes([1]))
      request.deadlines.firstByte = .milliseconds(150)
      let error = await failure(request)
      #expect(error?.kind == .firstByteTimeout)
      #expect(error?.mayHaveBeenActedOn == true)
    }
  }

  @Test func noNextByteAndNoEnd() async throws {
    var router = Router()
    router.get("/stall", handler: stall)
    router.get("/drip") { _ in
      HTTPResponse(
        status: .ok,
        body: .stream(length: nil) { writer in
          while true {
            try await writer.write([1])
            try await Task.sleep(for: .milliseconds(20))
          }
        })
    }
    try await withHTTPServer(router) { _, port in
      var stalls = HTTPClient.Request(url: "http://127.0.0.1:\(port)/stall")
      stalls.deadlines.betweenBytes = .milliseconds(150)
      #expect(await failure(stalls)?.kind == .betweenBytesTimeout)
      var drips = HTTPClient.Request(url: "http://127.0.0.1:\(port)/drip")
      drips.deadlines.total = .milliseconds(300)
      #expect(await failure(drips)?.kind == .totalTimeout)
    }
  }

  @Test func timeThatTheReaderTakesIsNotTheServers() async throws {
    var router = Router()
    router.get("/flood") { _ in .bytes([UInt8](repeating: 1, count: 8 << 20), contentType: "x/y") }
    let client = HTTPClient()
    try await withHTTPServer(router) { _, port in
      var request = HTTPClient.Request(url: "http://127.0.0.1:\(port)/flood")
      request.deadlines.betweenBytes = .milliseconds(200)
      let count = try await client.withResponse(to: request) { response in
        var count = 0
        for try await piece in response.body {
          if count == 0 { try await Task.sleep(for: .milliseconds(700)) }
          count += piece.count
        }
        return count
      }
      #expect(count == 8 << 20)
    }
  }

  /// A body with a length, and one in chunks, cut before their ends: never taken for whole.
  @Test(arguments: [true, false], [0, 1, 5_000])
  func aCutBodyIsABrokenStream(hasLength: Bool, before: Int) async throws {
    var router = Router()
    router.get("/cut") { _ in
      HTTPResponse(
        status: .ok,
        body: .stream(length: hasLength ? 10_000 : nil) { writer in
          if before > 0 { try await writer.write([UInt8](repeating: 1, count: before)) }
          throw CancellationError()
        })
    }
    try await withHTTPServer(router) { _, port in
      let error = await failure(.init(url: "http://127.0.0.1:\(port)/cut"))
      #expect(error?.kind == .brokenStream || (before == 0 && error?.kind == .connectionLost))
      #expect(error?.mayHaveBeenActedOn == true)
    }
  }

  /// libcurl repeats a request by itself when a kept connection dies under it. A call that costs money must not be.
  @Test func aPostIsNeverSentTwice() async throws {
    let calls = Atomic(0)
    var router = Router()
    router.post("/pay", bodyLimit: 1_000) { request in
      _ = try await request.body.collect(upTo: 1_000)
      // The first answers, and leaves a connection that is kept; the second acts and dies without a word.
      if calls.wrappingAdd(1, ordering: .relaxed).oldValue == 0 { return .text("ok") }
      return HTTPResponse(status: .ok, body: .stream(length: nil) { writer in writer.abort() })
    }
    let client = HTTPClient(configuration: .init(maximumConnectionsPerHost: 1))
    try await withHTTPServer(router) { _, port in
      let request = HTTPClient.Request(method: "POST", url: "http://127.0.0.1:\(port)/pay", body: .bytes([1]))
      let status = try await client.execute(request).status
      #expect(status == 200)
      let error = await failure(request, with: client)
      #expect(error?.kind == .connectionLost || error?.kind == .brokenStream)
      #expect(error?.mayHaveBeenActedOn == true)
      #expect(calls.load(ordering: .relaxed) == 2)
    }
  }

  @Test func cancellationFreesTheConnection() async throws {
    let left = Gate()
    let entered = Gate()
    var router = Router()
    router.get("/park") { _ in
      entered.open()
      do { try await Task.sleep(for: .seconds(50)) } catch { left.open() }
      return .text("late")
    }
    router.get("/now") { _ in .text("now") }
    let client = HTTPClient(configuration: .init(maximumConnectionsPerHost: 1))
    try await withHTTPServer(router) { _, port in
      let task = Task { try await client.execute(.init(url: "http://127.0.0.1:\(port)/park")) }
      await entered.wait()
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      await left.wait()
      // The only connection is free again.
      let status = try await client.execute(.init(url: "http://127.0.0.1:\(port)/now")).status
      #expect(status == 200)
    }
  }

  @Test func leavingEarlyFreesTheConnection() async throws {
    let left = Gate()
    var router = Router()
    router.get("/endless") { _ in
      HTTPResponse(
        status: .ok,
        body: .stream(length: nil) { writer in
          do {
            while true { try await writer.write([UInt8](repeating: 1, count: 1_000)) }
          } catch {
            left.open()
            throw error
          }
        })
    }
    let client = HTTPClient()
    try await withHTTPServer(router) { _, port in
      let first = try await client.withResponse(to: .init(url: "http://127.0.0.1:\(port)/endless")) { response in
        var iterator = response.body.makeAsyncIterator()
        return try await iterator.next()?.first
      }
      #expect(first == 1)
      await left.wait()
    }
  }

  @Test func aFailingProducerFailsTheExchange() async throws {
    struct Broken: Error {}
    var router = Router()
    router.put("/take", bodyLimit: 1 << 20) { request in
      _ = try await request.body.collect(upTo: 1 << 20)
      return .text("ok")
    }
    let client = HTTPClient()
    try await withHTTPServer(router) { _, port in
      var request = HTTPClient.Request(method: "PUT", url: "http://127.0.0.1:\(port)/take")
      request.body = .stream(length: nil) { writer in
        try await writer.write([1, 2, 3])
        throw Broken()
      }
      await #expect(throws: Broken.self) { try await client.execute(request) }
      request.body = .stream(length: 10) { writer in try await writer.write([1, 2, 3]) }
      await #expect(throws: HTTPClientError.self) { try await client.execute(request) }
    }
  }

  @Test func aServerMayAnswerBeforeItHasReadAll() async throws {
    var router = Router()
    router.put("/small", bodyLimit: 100) { _ in .text("never") }
    let client = HTTPClient()
    try await withHTTPServer(router) { _, port in
      var request = HTTPClient.Request(method: "PUT", url: "http://127.0.0.1:\(port)/small")
      request.body = .stream(length: 50_000_000) { writer in
        for _ in 0..<5_000 { try await writer.write([UInt8](repeating: 1, count: 10_000)) }
      }
      // 413, or a connection that the server cut while we were still sending: both end at once.
      do {
        let status = try await client.execute(request).status
        #expect(status == 413)
      } catch let error as HTTPClientError {
        #expect(error.mayHaveBeenActedOn)
      }
    }
  }
}
