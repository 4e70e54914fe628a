import HeadraceCore
import HeadraceHTTPServer
import Synchronization
import Testing

@testable import HeadraceHTTP

/// Bodies that are taken on the client's own thread.
@Suite(.timeLimit(.minutes(1)))
struct BodyConsumerTests {
  /// Does with each piece what `wish` says, and remembers all.
  private final class Recorder: HTTPClient.BodyConsumer {
    struct State {
      var status = 0
      var bytes: [UInt8] = []
    }

    let state = Mutex(State())
    let awaitsContent = true
    private let isWanted: Bool
    private let wish: @Sendable (_ bytes: Int) -> HTTPClient.BodyWish

    init(isWanted: Bool = true, _ wish: @escaping @Sendable (Int) -> HTTPClient.BodyWish) {
      self.isWanted = isWanted
      self.wish = wish
    }

    var bytes: Int { state.withLock { $0.bytes.count } }

    func accepts(status: Int, headers: HTTPClient.Headers) -> Bool {
      state.withLock { $0.status = status }
      return isWanted
    }

    func consume(_ piece: Span<UInt8>) -> HTTPClient.BodyWish {
      state.withLock { state in
        for index in piece.indices { state.bytes.append(piece[index]) }
      }
      return wish(bytes)
    }
  }

  private func router(pieces: Int, of bytes: Int) -> Router {
    var router = Router()
    router.get("/body") { _ in
      HTTPResponse(
        status: .ok,
        body: .stream(length: nil) { writer in
          for number in 0..<pieces {
            try await writer.write([UInt8](repeating: UInt8(truncatingIfNeeded: number), count: bytes))
          }
        })
    }
    router.get("/cut") { _ in
      HTTPResponse(
        status: .ok,
        body: .stream(length: nil) { writer in
          try await writer.write([1, 2, 3])
          try await Task.sleep(for: .milliseconds(50))
          throw CancellationError()
        })
    }
    return router
  }

  @Test func theTaskSleepsUntilTheEnd() async throws {
    let recorder = Recorder { _ in .more }
    try await withHTTPServer(router(pieces: 200, of: 1_000)) { _, port in
      let client = HTTPClient()
      try await client.withResponse(to: .init(url: "http://127.0.0.1:\(port)/body"), consumer: recorder) { response in
        let isWoken = try await response.wait()
        #expect(!isWoken)
      }
    }
    #expect(recorder.bytes == 200_000)
    #expect(recorder.state.withLock { $0.status } == 200)
  }

  @Test func theTaskIsWokenWhenAsked() async throws {
    let recorder = Recorder { $0 >= 100_000 ? .wake : .more }
    try await withHTTPServer(router(pieces: 200, of: 1_000)) { _, port in
      let client = HTTPClient()
      try await client.withResponse(to: .init(url: "http://127.0.0.1:\(port)/body"), consumer: recorder) { response in
        let isWoken = try await response.wait()
        #expect(isWoken)
        #expect(recorder.bytes >= 100_000)
        while try await response.wait() {}
      }
    }
    #expect(recorder.bytes == 200_000)
  }

  /// Twenty megabytes, of which a sleeping task takes no more than some hundred kilobytes.
  @Test func aPauseHoldsTheServerBack() async throws {
    let recorder = Recorder { _ in .pause }
    try await withHTTPServer(router(pieces: 200, of: 100_000)) { _, port in
      let client = HTTPClient()
      try await client.withResponse(to: .init(url: "http://127.0.0.1:\(port)/body"), consumer: recorder) { response in
        let isWoken = try await response.wait()
        #expect(isWoken)
        try await Task.sleep(for: .milliseconds(100))
        #expect(recorder.bytes <= 512 << 10)
        while try await response.wait() {}
      }
    }
    #expect(recorder.bytes == 20_000_000)
  }

  @Test func whatIsNotAcceptedIsReadAsAlways() async throws {
    let recorder = Recorder(isWanted: false) { _ in .more }
    try await withHTTPServer(router(pieces: 20, of: 1_000)) { _, port in
      let client = HTTPClient()
      let request = HTTPClient.Request(url: "http://127.0.0.1:\(port)/body")
      let bytes = try await client.withResponse(to: request, consumer: recorder) { try await $0.collect(upTo: 1 << 20) }
      #expect(bytes.count == 20_000)
    }
    #expect(recorder.bytes == 0)
  }

  @Test func aCutBodyIsNoEnd() async throws {
    let recorder = Recorder { _ in .wake }
    try await withHTTPServer(router(pieces: 0, of: 0)) { _, port in
      let error = await #expect(throws: HTTPClientError.self) {
        try await HTTPClient().withResponse(to: .init(url: "http://127.0.0.1:\(port)/cut"), consumer: recorder) {
          while try await $0.wait() {}
        }
      }
      #expect(error?.kind == .brokenStream)
    }
    #expect(recorder.bytes == 3)
  }

  @Test func aCancelledTaskCutsTheExchange() async throws {
    var router = Router()
    router.get("/stall", handler: stall)
    let recorder = Recorder { _ in .wake }
    try await withHTTPServer(router) { _, port in
      let task = Task {
        try await HTTPClient().withResponse(to: .init(url: "http://127.0.0.1:\(port)/stall"), consumer: recorder) {
          while try await $0.wait() {}
        }
      }
      while recorder.bytes == 0 { try await Task.sleep(for: .milliseconds(5)) }
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
    }
  }

  /// A consumer that has all it wants lets the exchange end by itself: the only connection is free in the end both ways,
  /// kept where the end comes soon, cut where it does not.
  @Test func theConnectionIsKeptWhenTheEndComesSoon() async throws {
    var router = Router()
    router.get("/late-end/{ms}") { request in
      let pause = Int(try request.parameter("ms")) ?? 0
      return HTTPResponse(
        status: .ok,
        body: .stream(length: nil) { writer in
          try await writer.write(Array("all".utf8))
          try await Task.sleep(for: .milliseconds(pause))
          try await writer.write(Array("rest".utf8))
        })
    }
    let client = HTTPClient(configuration: .init(maximumConnectionsPerHost: 1))
    try await withHTTPServer(router) { _, port in
      let start = ContinuousClock.now
      for pause in [20, 20, 30_000, 20] {
        let recorder = Recorder { _ in .end(letFinish: .milliseconds(200)) }
        let request = HTTPClient.Request(url: "http://127.0.0.1:\(port)/late-end/\(pause)")
        try await client.withResponse(to: request, consumer: recorder) { response in
          let isWoken = try await response.wait()
          #expect(isWoken)
        }
        // On a busy machine both pieces may come as one.
        #expect(recorder.state.withLock { $0.bytes.starts(with: "all".utf8) })
      }
      #expect(ContinuousClock.now - start < .seconds(20))
    }
  }

  @Test func aBodyBeyondTheLimitIsNotCollected() async throws {
    try await withHTTPServer(router(pieces: 20, of: 1_000)) { _, port in
      let request = HTTPClient.Request(url: "http://127.0.0.1:\(port)/body")
      let error = await #expect(throws: HTTPClientError.self) { try await HTTPClient().execute(request, upTo: 19_999) }
      #expect(error?.kind == .tooLarge)
      let whole = try await HTTPClient().execute(request, upTo: 20_000)
      #expect(whole.body.count == 20_000)
    }
  }
}
