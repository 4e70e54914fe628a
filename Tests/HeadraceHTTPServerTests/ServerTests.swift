import HeadraceCore
import HeadraceHTTPServer
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ServerTests {
  static let router: Router = {
    var router = Router()
    router.get("/hello/{name}") { request in .text("Hello, \(try request.parameter("name"))!") }
    router.post("/echo", bodyLimit: 10 << 20) { request in
      .bytes(try await request.body.collect(upTo: 10 << 20), contentType: "application/octet-stream")
    }
    router.post("/small", bodyLimit: 10) { request in
      .bytes(try await request.body.collect(upTo: 10), contentType: "a/b")
    }
    router.get("/stream") { _ in
      HTTPResponse(
        status: .ok,
        body: .stream(length: nil) { writer in
          for number in 0..<3 { try await writer.write(Array("part \(number);".utf8)) }
        })
    }
    router.get("/broken") { _ in
      HTTPResponse(
        status: .ok,
        body: .stream(length: nil) { writer in
          try await writer.write(Array("half".utf8))
          throw CancellationError()
        })
    }
    router.get("/events") { _ in
      HTTPResponse(
        status: .ok,
        body: .events(ServerSentEventOptions()) { writer in
          try await writer.send(ServerSentEvent(id: "1", event: "tick", data: "a\nb"))
        })
    }
    router.get("/file") { _ in HTTPResponse(status: .ok, body: .file(path: "/usr/share/common-licenses/GPL-2")) }
    router.get("/teapot") { _ in throw HTTPError(HTTPStatus(code: 409), type: "teapot", detail: "short and stout") }
    return router
  }()

  @Test func answersAndKeepsTheConnection() async throws {
    try await withHTTPServer(Self.router) { _, port in
      let client = try RawClient(port: port)
      for _ in 0..<3 {
        try await client.send("GET /hello/you%20all HTTP/1.1\r\nHost: x\r\n\r\n")
        let answer = try await client.receive(until: "!")
        #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(answer.hasSuffix("\r\n\r\nHello, you all!"))
        #expect(answer.contains("content-length: 15\r\n"))
      }
    }
  }

  @Test func echoesBodiesOfEveryFraming() async throws {
    try await withHTTPServer(Self.router) { _, port in
      let sized = try await RawClient.exchange(
        port, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")
      #expect(sized.hasSuffix("\r\n\r\nhello"))
      let chunked = try await RawClient.exchange(
        port,
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nA: b\r\n\r\n"
      )
      #expect(chunked.hasSuffix("\r\n\r\nhello"))
    }
  }

  @Test func refusesWhatIsTooLargeBeforeTheBody() async throws {
    try await withHTTPServer(Self.router) { _, port in
      let answer = try await RawClient.exchange(
        port, "POST /small HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 11\r\n\r\n")
      #expect(answer.hasPrefix("HTTP/1.1 413 "))
      #expect(answer.contains("application/problem+json"))
    }
  }

  @Test func saysContinueWhenTheHandlerReads() async throws {
    try await withHTTPServer(Self.router) { _, port in
      let client = try RawClient(port: port)
      try await client.send(
        "POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n")
      let first = try await client.receive(until: "\r\n\r\n")
      #expect(first == "HTTP/1.1 100 Continue\r\n\r\n")
      try await client.send("ok")
      #expect(try await client.receiveAll().hasSuffix("\r\n\r\nok"))
    }
  }

  @Test func streamsInChunks() async throws {
    try await withHTTPServer(Self.router) { _, port in
      let answer = try await RawClient.exchange(
        port, "GET /stream HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
      #expect(answer.contains("transfer-encoding: chunked"))
      #expect(answer.hasSuffix("7\r\npart 0;\r\n7\r\npart 1;\r\n7\r\npart 2;\r\n0\r\n\r\n"))
      let old = try await RawClient.exchange(port, "GET /stream HTTP/1.0\r\n\r\n")
      #expect(old.hasSuffix("\r\n\r\npart 0;part 1;part 2;"))
    }
  }

  @Test func aBrokenStreamIsSeenToBeBroken() async throws {
    try await withHTTPServer(Self.router) { _, port in
      let answer = try await RawClient.exchange(port, "GET /broken HTTP/1.1\r\nHost: x\r\n\r\n")
      #expect(!answer.hasSuffix("0\r\n\r\n"))
    }
  }

  @Test func sendsEvents() async throws {
    try await withHTTPServer(Self.router) { _, port in
      let answer = try await RawClient.exchange(port, "GET /events HTTP/1.0\r\n\r\n")
      #expect(answer.contains("content-type: text/event-stream"))
      #expect(answer.hasSuffix("\r\n\r\nretry: 1000\n\nid: 1\nevent: tick\ndata: a\ndata: b\n\n"))
    }
  }

  @Test func sendsFiles() async throws {
    try await withHTTPServer(Self.router) { _, port in
      let answer = try await RawClient.exchange(port, "GET /file HTTP/1.0\r\n\r\n")
      #expect(answer.contains("GNU GENERAL PUBLIC LICENSE"))
    }
  }

  @Test func errorsAreProblems() async throws {
    try await withHTTPServer(Self.router) { _, port in
      let answer = try await RawClient.exchange(port, "GET /teapot HTTP/1.0\r\n\r\n")
      #expect(answer.hasPrefix("HTTP/1.1 409 Conflict"))
      #expect(answer.contains(#""type":"/problems/teapot""#))
      #expect(answer.contains(#""instance":"/teapot""#))
      #expect(try await RawClient.exchange(port, "GET /nowhere HTTP/1.0\r\n\r\n").hasPrefix("HTTP/1.1 404 "))
      let wrong = try await RawClient.exchange(port, "DELETE /stream HTTP/1.0\r\n\r\n")
      #expect(wrong.hasPrefix("HTTP/1.1 405 "))
      #expect(wrong.contains("allow: GET, HEAD, OPTIONS\r\n"))
      let everything = try await RawClient.exchange(port, "OPTIONS * HTTP/1.0\r\n\r\n")
      #expect(everything.hasPrefix("HTTP/1.1 204 ") && everything.contains("allow: GET, HEAD, "))
    }
  }

  @Test func headHasNoBody() async throws {
    try await withHTTPServer(Self.router) { _, port in
      let answer = try await RawClient.exchange(port, "HEAD /hello/x HTTP/1.0\r\n\r\n")
      #expect(answer.contains("content-length: 9\r\n"))
      #expect(answer.hasSuffix("\r\n\r\n"))
    }
  }
}
