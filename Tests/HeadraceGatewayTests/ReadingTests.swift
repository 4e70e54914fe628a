import HeadraceCore
import HeadraceDocuments
import HeadraceHTTP
import HeadraceHTTPServer
import HeadraceKafka
import Testing

@testable import HeadraceGateway

@Suite(.timeLimit(.minutes(2)))
struct ReadingTests {
  @Test func listsInPages() async throws {
    try await GatewayHarness.run { harness in
      var ids: [String] = []
      for number in 0..<7 {
        let made = try await harness.upload("text \(number)", query: "?name=\(number).txt")
        let id = try #require(made.json["id"]?.string)
        ids.append(id)
        // A listing shows what the view has read; a look at a document waits for it.
        _ = try await harness.get("/v1/documents/\(id)")
      }
      var found: [String] = []
      var path: String? = "/v1/documents?limit=3&order=oldest"
      var pages = 0
      while let next = path {
        let page = try await harness.get(next)
        #expect(page.status == 200, "\(page.text)")
        found += (page.json["documents"]?.array ?? []).compactMap { $0["id"]?.string }
        pages += 1
        #expect((page.json["next"] == nil) == (page.headers["link"] == nil))
        path = page.headers["link"].map { link in String(link.dropFirst().prefix { $0 != ">" }) }
      }
      #expect(Set(found) == Set(ids))
      #expect(found.count == ids.count)
      #expect(pages == 3)
      for bad in ["limit=0", "limit=501", "limit=x", "state=deleted", "state=x", "order=x", "cursor=x"] {
        let answer = try await harness.get("/v1/documents?\(bad)")
        #expect(answer.status == 400, "\(bad)")
        #expect(
          ["/problems/invalid-parameter", "/problems/invalid-cursor"].contains(answer.json["type"]?.string), "\(bad)")
      }
    }
  }

  @Test func answers304WhereNothingChanged() async throws {
    try await GatewayHarness.run { harness in
      let made = try await harness.upload("x")
      let id = try #require(made.json["id"]?.string)
      let first = try await harness.get("/v1/documents/\(id)")
      let tag = try #require(first.headers["etag"])
      let same = try await harness.get("/v1/documents/\(id)", ["if-none-match": tag])
      #expect(same.status == 304)
      #expect(same.body == [])
      try await harness.enrich(id)
      let waited = try await harness.get("/v1/documents/\(id)", ["if-none-match": tag, "prefer": "wait=30"])
      #expect(waited.status == 200)
      #expect(waited.headers["etag"] != tag)
      let content = try await harness.get("/v1/documents/\(id)/content")
      let contentTag = try #require(content.headers["etag"])
      #expect(try await harness.get("/v1/documents/\(id)/content", ["if-none-match": contentTag]).status == 304)
    }
  }

  @Test func deletes() async throws {
    try await GatewayHarness.run(gateways: 2) { harness in
      let made = try await harness.upload("x")
      let id = try #require(made.json["id"]?.string)
      let deleted = try await harness.send("DELETE", "/v1/documents/\(id)")
      #expect(deleted.status == 200, "\(deleted.text)")
      #expect(deleted.json["state"]?.string == "deleted")
      #expect(deleted.json["source"]?["topic"]?.string == "document.uploads")
      for node in 0...1 {
        // A deletion may reach the other view a moment later; a look that waits sees it.
        _ = try await harness.get("/v1/documents/\(id)", ["prefer": "wait=20"], node: node)
        for path in ["", "/content"] {
          let answer = try await harness.get("/v1/documents/\(id)\(path)", node: node)
          #expect(answer.status == 410, "\(path) \(answer.text)")
          #expect(answer.json["type"]?.string == "/problems/document-deleted")
        }
      }
      #expect(try await harness.get("/v1/documents").json["documents"]?.array?.isEmpty == true)
    }
  }

  @Test func unknownDocumentsAre404() async throws {
    try await GatewayHarness.run { harness in
      for id in ["0190163d-8694-739b-aea5-966c26f8ad91", "x", "..%5c"] {
        for path in ["", "/content", "/text", "/events"] {
          let answer = try await harness.get("/v1/documents/\(id)\(path)")
          #expect(answer.status == 404, "\(id)\(path)")
          #expect(answer.json["type"]?.string == "/problems/document-not-found", "\(id)\(path)")
        }
      }
      let made = try await harness.upload("x", ["content-type": "application/pdf"])
      let id = try #require(made.json["id"]?.string)
      let text = try await harness.get("/v1/documents/\(id)/text")
      #expect(text.status == 409)
      #expect(text.headers["retry-after"] == "1")
    }
  }

  @Test func answersProbes() async throws {
    try await GatewayHarness.run { harness in
      #expect(try await harness.get("/livez").status == 200)
      let ready = try await harness.get("/readyz")
      #expect(ready.status == 200, "\(ready.text)")
      #expect(ready.json["dependencies"]?.array?.compactMap { $0["name"]?.string } == ["log", "view", "blobs"])
      _ = try await harness.upload("x")
      let metrics = try await harness.get("/metrics")
      #expect(metrics.headers["content-type"]?.hasPrefix("text/plain") == true)
      #expect(
        metrics.text.contains(
          #"headrace_gateway_requests_total{method="POST",route="/v1/documents",status="202"} 1"#), "\(metrics.text)")
      #expect(metrics.text.contains("headrace_gateway_request_seconds_bucket"))
      let nowhere = try await harness.get("/nowhere")
      #expect(nowhere.status == 404)
      #expect(nowhere.json["type"]?.string == "/problems/not-found")
      let method = try await harness.send("PUT", "/v1/documents", [:], body: [])
      #expect(method.status == 405)
      #expect(method.headers["allow"] == "GET, HEAD, OPTIONS, POST")
      let foreign = try await harness.upload("x", ["origin": "https://example.org"])
      #expect(foreign.status == 403)
      #expect(foreign.json["type"]?.string == "/problems/foreign-origin")
    }
  }

  @Test func describesWhatItServes() async throws {
    try await GatewayHarness.run { harness in
      let answer = try await harness.get("/openapi.json")
      let json = answer.json
      #expect(json["openapi"]?.string == "3.1.0")
      for operation in harness.nodes[0].gateway.operations {
        let described = json["paths"]?[operation.path]?[operation.method.rawValue.lowercased()]
        #expect(described?["operationId"]?.string?.isEmpty == false, "\(operation.path)")
        #expect(described?["responses"]?["default"] != nil)
        let parameters = described?["parameters"]?.array ?? []
        let inPath = operation.path.split(separator: "/").filter { $0.hasPrefix("{") }
        #expect(parameters.filter { $0["in"]?.string == "path" }.count == inPath.count, "\(operation.path)")
        // What is described is served: never 404 by the router, never 405.
        let path = operation.path.replacing("{id}", with: "0190163d-8694-739b-aea5-966c26f8ad91")
          .replacing("{name}", with: "not-found").replacing("{type}", with: "headrace.document.enriched")
          .replacing("{version}", with: "v1.schema.json")
        let real = try await harness.send(
          operation.method.rawValue, path, ["content-type": "text/plain"],
          body: operation.method.rawValue == "POST" ? [] : nil)
        #expect(real.status != 405 && real.json["type"]?.string != "/problems/not-found", "\(operation.path)")
        #expect(described?["responses"]?["\(real.status)"] != nil, "\(operation.path) answered \(real.status)")
      }
      // Every reference leads somewhere.
      for match in answer.text.matches(of: #/"\$ref":"#/components/schemas/([A-Za-z]+)"/#) {
        #expect(json["components"]?["schemas"]?[String(match.1)] != nil)
      }
      let ids = harness.nodes[0].gateway.operations.map(\.id)
      #expect(Set(ids).count == ids.count)
    }
  }

  @Test func refusesToListenElsewhere() throws {
    var configuration = GatewayConfiguration()
    configuration.host = "0.0.0.0"
    let documents = DocumentService(
      configuration: DocumentServiceConfiguration(
        kafka: .init(bootstrapServers: "127.0.0.1:1", preset: .balanced), viewPath: "/nonexistent"),
      blobs: FolderBlobStore(folder: "/nonexistent"))
    #expect(throws: GatewayError.notLoopback("0.0.0.0")) {
      try Gateway(configuration: configuration, documents: documents)
    }
  }
}
