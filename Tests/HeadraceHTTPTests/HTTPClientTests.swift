import HeadraceCore
import HeadraceHTTPServer
import Synchronization
import Testing

@testable import HeadraceHTTP

/// The client against a real server on loopback.
@Suite(.timeLimit(.minutes(1)))
struct HTTPClientTests {
  @Test func saysTheRequestAndReadsTheResponse() async throws {
    var router = Router()
    router.post("/echo/{name}", bodyLimit: 1 << 20) { request in
      let body = try await request.body.collect(upTo: 1 << 20)
      return HTTPResponse(
        status: HTTPStatus(code: 201),
        headers: [
          "x-name": try request.parameter("name"), "x-query": request.query["q"] ?? "",
          "x-sent": request.headers["x-a"] ?? "",
          "x-agent": request.headers["user-agent"] ?? "", "x-type": request.headers["content-type"] ?? "none",
          "x-two": "1", "X-Two": "2",
        ], body: .bytes(body))
    }
    let client = HTTPClient()
    try await withHTTPServer(router) { _, port in
      let response = try await client.execute(
        .init(
          method: "POST", url: "http://127.0.0.1:\(port)/echo/n%20m?q=a%2Fb", headers: ["x-a": "ä", "x-empty": ""],
          body: .bytes(Array("hello".utf8))))
      #expect(response.status == 201)
      #expect(response.body == Array("hello".utf8))
      #expect(response.headers["X-NAME"] == "n m")
      #expect(response.headers["x-query"] == "a/b")
      #expect(response.headers["x-sent"] == "ä")
      #expect(response.headers["x-agent"] == "headrace")
      #expect(response.headers["x-type"] == "none")
      #expect(response.headers.values(for: "x-two") == ["1", "2"])
    }
  }

  @Test(arguments: ["GET", "HEAD", "DELETE", "PUT", "PATCH", "POST"])
  func everyMethodWithoutABody(method: String) async throws {
    var router = Router()
    for name in [HTTPMethod.get, .delete, .put, .patch, .post] {
      router.on(name, "/m") { request in
        HTTPResponse(status: .ok, headers: ["x-method": "\(request.method)"], body: .bytes(Array("body".utf8)))
      }
    }
    let client = HTTPClient()
    try await withHTTPServer(router) { _, port in
      let response = try await client.execute(.init(method: method, url: "http://127.0.0.1:\(port)/m"))
      #expect(response.status == 200)
      #expect(response.body.count == (method == "HEAD" ? 0 : 4))
    }
  }

  @Test(arguments: [Int64(3_000_000), nil])
  func bodiesStreamBothWaysAtOnce(length: Int64?) async throws {
    var router = Router()
    router.put("/upper", bodyLimit: 1 << 30) { request in
      let body = request.body
      return HTTPResponse(
        status: .ok,
        body: .stream(length: nil) { writer in
          for try await piece in body { try await writer.write(piece.map { $0 &+ 1 }) }
        })
    }
    let client = HTTPClient()
    try await withHTTPServer(router) { _, port in
      var request = HTTPClient.Request(method: "PUT", url: "http://127.0.0.1:\(port)/upper")
      request.body = .stream(length: length) { writer in
        for index in 0..<300 { try await writer.write([UInt8](repeating: UInt8(index % 200), count: 10_000)) }
      }
      let (count, sum) = try await client.withResponse(to: request) { response in
        var count = 0
        var sum = 0
        for try await piece in response.body {
          count += piece.count
          for byte in piece { sum += Int(byte) }
        }
        return (count, sum)
      }
      #expect(count == 3_000_000)
      #expect(sum == (0..<300).reduce(0) { $0 + ($1 % 200 + 1) * 10_000 })
    }
  }

  @Test func aSlowReaderSlowsTheSenderDown() async throws {
    let written = Atomic(0)
    var router = Router()
    router.get("/flood") { _ in
      HTTPResponse(
        status: .ok,
        body: .stream(length: nil) { writer in
          for _ in 0..<4_000 {
            try await writer.write([UInt8](repeating: 7, count: 16_384))
            written.wrappingAdd(16_384, ordering: .relaxed)
          }
        })
    }
    let client = HTTPClient()
    try await withHTTPServer(router) { _, port in
      let total = try await client.withResponse(to: .init(url: "http://127.0.0.1:\(port)/flood")) { response in
        var iterator = response.body.makeAsyncIterator()
        var read = try await iterator.next()?.count ?? 0
        // Until the sender stands still: everything between the two ends is full.
        var before = -1
        while written.load(ordering: .relaxed) != before {
          before = written.load(ordering: .relaxed)
          try await Task.sleep(for: .milliseconds(200))
        }
        // 64 MB were to come; what waits in sockets and buffers is a few.
        #expect(before < 24_000_000)
        while let piece = try await iterator.next() { read += piece.count }
        return read
      }
      #expect(total == 4_000 * 16_384)
    }
  }

  @Test func manyExchangesShareOneThread() async throws {
    var router = Router()
    router.get("/n/{n}") { request in
      let number = try request.parameter("n")
      try await Task.sleep(for: .milliseconds(20))
      return .text(number)
    }
    let client = HTTPClient(configuration: .init(maximumConnectionsPerHost: 100))
    try await withHTTPServer(router) { _, port in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<500 {
          group.addTask {
            let response = try await client.execute(.init(url: "http://127.0.0.1:\(port)/n/\(number)"))
            #expect(response.body == Array("\(number)".utf8))
          }
        }
        try await group.waitForAll()
      }
    }
  }

  @Test func refusesWhatIsNoRequest() async {
    let client = HTTPClient()
    for request in [
      HTTPClient.Request(url: "file:///etc/passwd"), .init(url: "http://x/a b"), .init(method: "get", url: "http://x/"),
      .init(url: "http://x/", headers: ["a": "b\r\nc: d"]), .init(url: "http://x/", headers: ["a b": "c"]),
      .init(
        method: "PUT", url: "http://x/", body: .stream(length: nil) { _ in },
        signature: .init(accessKey: "a", secretKey: "b", region: "r")),
    ] {
      let error = await #expect(throws: HTTPClientError.self) { try await client.execute(request) }
      #expect(error?.kind == .invalidRequest)
      #expect(error?.mayHaveBeenActedOn == false)
    }
  }

  @Test func aBodyBeyondTheLimitIsRefused() async throws {
    var router = Router()
    router.get("/big") { _ in .bytes([UInt8](repeating: 1, count: 100_000), contentType: "x/y") }
    let client = HTTPClient()
    try await withHTTPServer(router) { _, port in
      let error = await #expect(throws: HTTPClientError.self) {
        try await client.execute(.init(url: "http://127.0.0.1:\(port)/big"), upTo: 1_000)
      }
      #expect(error?.kind == .tooLarge)
    }
  }

  @Test func afterShutdownNothingIsSent() async throws {
    let client = HTTPClient()
    client.shutdown()
    let error = await #expect(throws: HTTPClientError.self) {
      try await client.execute(.init(url: "http://127.0.0.1:9/"))
    }
    #expect(error?.kind == .closed)
  }
}
