import Foundation
import HeadraceCore
import HeadraceDocuments
import HeadraceHTTP
import Testing

@testable import HeadraceGateway

@Suite(.timeLimit(.minutes(2)))
struct UploadTests {
  @Test func acknowledgesWithAReceipt() async throws {
    try await GatewayHarness.run { harness in
      let answer = try await harness.upload(
        "Hello, log", ["traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"])
      #expect(answer.status == 202)
      let id = try #require(answer.json["id"]?.string)
      #expect(answer.headers["location"] == "/v1/documents/\(id)")
      #expect(answer.headers["retry-after"] == "1")
      #expect(answer.headers["etag"] != nil)
      #expect(answer.headers["traceparent"]?.hasPrefix("00-0af7651916cd43dd8448eb211c80319c-") == true)
      #expect(answer.headers["server-timing"]?.contains("accept;dur=") == true)
      #expect(answer.json["name"]?.string == "a.txt")
      #expect(answer.json["contentType"]?.string == "text/plain")
      #expect(answer.json["size"]?.int == 10)
      let digest: String = SHA256.hash("Hello, log").hex
      #expect(answer.json["sha256"]?.string == digest)
      #expect(answer.json["state"]?.string == "uploaded")
      #expect(answer.json["source"]?["topic"]?.string == "document.uploads")
      #expect(answer.json["source"]?["offset"]?.int != nil)
      #expect(answer.json["links"]?["events"]?.string == "/v1/documents/\(id)/events")
      // Found at once, although the view reads behind the log.
      let found = try await harness.get("/v1/documents/\(id)")
      #expect(found.status == 200)
      #expect(found.json["state"]?.string == "uploaded")
      let content = try await harness.get("/v1/documents/\(id)/content")
      #expect(content.text == "Hello, log")
      #expect(content.headers["content-type"] == "text/plain")
      #expect(content.headers["content-disposition"] == "attachment; filename=\"a.txt\"")
      #expect(content.headers["x-content-type-options"] == "nosniff")
    }
  }

  @Test func takesNamesFromWhereTheyAre() async throws {
    try await GatewayHarness.run { harness in
      let query = try await harness.upload("x", query: "?name=r%C3%A9sum%C3%A9.txt")
      #expect(query.json["name"]?.string == "résumé.txt")
      let header = try await harness.upload(
        "x", ["content-disposition": "attachment; filename*=UTF-8''%e2%82%ac.txt"], query: "")
      #expect(header.json["name"]?.string == "€.txt")
      let none = try await harness.upload("x", query: "")
      #expect(none.json["name"]?.string?.isEmpty == false)
      let path = try await harness.upload("x", query: "?name=..%2F..%2Fetc%2Fpasswd")
      #expect(path.json["name"]?.string == "passwd")
    }
  }

  @Test func takesForms() async throws {
    try await GatewayHarness.run { harness in
      let large = String(repeating: "0123456789abcdef\r\n--x", count: 20_000)
      let form = """
        --b\r\nContent-Disposition: form-data; name="language"\r\n\r\nde\r\n\
        --b\r\nContent-Disposition: form-data; name="metadata"\r\n\r\n{"case":"7"}\r\n\
        --b\r\nContent-Disposition: form-data; name="file"; filename="brief.bin"\r\nContent-Type: application/octet-stream\r\n\r\n\
        \(large)\r\n--b--\r\n
        """
      let answer = try await harness.upload(form, ["content-type": "multipart/form-data; boundary=b"], query: "")
      #expect(answer.status == 202, "\(answer.text)")
      #expect(answer.json["name"]?.string == "brief.bin")
      #expect(answer.json["size"]?.int == Int64(large.utf8.count))
      let digest: String = SHA256.hash(large).hex
      #expect(answer.json["sha256"]?.string == digest)
      let id = try #require(answer.json["id"]?.string)
      #expect(try await harness.get("/v1/documents/\(id)/content").text == large)
      let part = try await harness.get("/v1/documents/\(id)/content", ["range": "bytes=5-9"])
      #expect(part.status == 206)
      #expect(part.text == "56789")
      #expect(part.headers["content-range"] == "bytes 5-9/\(large.utf8.count)")
      let beyond = try await harness.get("/v1/documents/\(id)/content", ["range": "bytes=\(large.utf8.count)-"])
      #expect(beyond.status == 416)

      // Many programs put the file first.
      let fileFirst = """
        --b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\nwords\r\n\
        --b\r\nContent-Disposition: form-data; name="name"\r\n\r\nbrief.txt\r\n\
        --b\r\nContent-Disposition: form-data; name="metadata"\r\n\r\n{"case":"8"}\r\n--b--
        """
      let second = try await harness.upload(fileFirst, ["content-type": "multipart/form-data; boundary=b"], query: "")
      #expect(second.status == 202, "\(second.text)")
      #expect(second.json["name"]?.string == "brief.txt" && second.json["size"]?.int == 5)
      let dots = try await harness.upload("words", [:], query: "?name=..")
      #expect(dots.json["name"]?.string == "document")
    }
  }

  /// What is refused leaves nothing behind: no blob, no temporary file, no record.
  @Test func refusesWithTheRightProblemAndKeepsNothing() async throws {
    try await GatewayHarness.run { configuration in
      configuration.maximumDocumentBytes = 200_000
    } _: { harness in
      let big = String(repeating: "x", count: 250_000)
      let binary = String(repeating: "y", count: 150_000)
      let zeros = "sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:"
      func form(_ tail: String, _ file: String = "file") -> String {
        "--b\r\nContent-Disposition: form-data; name=\"\(file)\"; filename=\"f.bin\"\r\nContent-Type: application/pdf\r\n\r\n\(binary)\(tail)"
      }
      let multipart = "multipart/form-data; boundary=b"
      let cases: [(String, HTTPClient.Headers, String, Int, String)] = [
        ("wrong digest", ["content-type": "application/pdf", "content-digest": zeros], binary, 400, "digest-mismatch"),
        ("malformed digest", ["content-digest": "sha-256=abc"], "x", 400, "invalid-digest"),
        ("too large", ["content-type": "application/pdf"], big, 413, "document-too-large"),
        ("curl's default", ["content-type": "application/x-www-form-urlencoded"], "x", 415, "unsupported-media-type"),
        ("no media type", ["content-type": "text"], "x", 415, "unsupported-media-type"),
        ("another multipart", ["content-type": "multipart/mixed; boundary=b"], "x", 415, "unsupported-media-type"),
        ("compressed", ["content-encoding": "gzip"], "x", 415, "unsupported-content-encoding"),
        ("a key with spaces", ["idempotency-key": "a b"], "x", 400, "invalid-idempotency-key"),
        ("no boundary", ["content-type": "multipart/form-data"], "x", 400, "malformed-multipart"),
        ("no form", ["content-type": multipart], "x", 400, "malformed-multipart"),
        ("a cut form", ["content-type": multipart], form(""), 400, "malformed-multipart"),
        ("a cut boundary", ["content-type": multipart], form("\r\n--b"), 400, "malformed-multipart"),
        ("a form with an epilogue", ["content-type": multipart], form("\r\n--b--\r\nmore"), 400, "malformed-multipart"),
        (
          "nonsense behind the file", ["content-type": multipart],
          form("\r\n--b\r\nContent-Disposition: form-data; name=metadata\r\n\r\n{no\r\n--b--"), 400, "invalid-parameter"
        ),
        ("two files", ["content-type": multipart], form("\r\n") + form("\r\n--b--"), 400, "malformed-multipart"),
        ("a file by another name", ["content-type": multipart], form("\r\n--b--", "datei"), 400, "malformed-multipart"),
        (
          "a form with a wrong digest", ["content-type": multipart, "content-digest": zeros], form("\r\n--b--"), 400,
          "digest-mismatch"
        ),
        (
          "an unknown field", ["content-type": multipart],
          "--b\r\nContent-Disposition: form-data; name=colour\r\n\r\nred\r\n" + form("\r\n--b--"), 400,
          "invalid-parameter"
        ),
      ]
      for (name, headers, body, status, type) in cases {
        let answer = try await harness.upload(body, headers)
        #expect(answer.status == status, "\(name): \(answer.text)")
        #expect(answer.headers["content-type"] == "application/problem+json", "\(name)")
        #expect(answer.json["type"]?.string == "/problems/\(type)", "\(name): \(answer.text)")
        #expect(answer.json["traceid"]?.string?.count == 32, "\(name)")
        #expect(answer.json["instance"]?.string == "/v1/documents", "\(name)")
        #expect(try await harness.get("/problems/\(type)").status == 200, "\(name)")
      }
      // A chunked body is counted as it comes.
      let chunked = try await harness.client.execute(
        HTTPClient.Request(
          method: "POST", url: "\(harness.url)/v1/documents?name=a", headers: ["content-type": "application/pdf"],
          body: .stream(length: nil) { writer in
            for _ in 0..<30 { try? await writer.write([UInt8](repeating: 65, count: 10_000)) }
          }))
      #expect(chunked.status == 413)
      #expect(harness.blobFiles() == [])
      #expect(try await harness.records(of: PlatformTopics.uploads) == 0)
    }
  }

  @Test func anEmptyBodyNeedsItsLength() async throws {
    try await GatewayHarness.run { harness in
      let raw = try await RawExchange.send(
        port: harness.port,
        "POST /v1/documents HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n")
      #expect(raw.hasPrefix("HTTP/1.1 411 "))
      #expect(raw.contains("/problems/length-required"))
      let empty = try await harness.upload("")
      #expect(empty.status == 202)
    }
  }

  /// A refusal by the head alone comes before the body is asked for.
  @Test func refusesBeforeTheUpload() async throws {
    try await GatewayHarness.run { harness in
      let head = "POST /v1/documents HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nConnection: close\r\n"
      let large = try await RawExchange.send(
        port: harness.port, head + "Content-Type: text/plain\r\nContent-Length: 99999999999\r\n\r\n")
      #expect(large.hasPrefix("HTTP/1.1 413 "))
      let type = try await RawExchange.send(
        port: harness.port, head + "Content-Type: multipart/mixed\r\nContent-Length: 10\r\n\r\n")
      #expect(type.hasPrefix("HTTP/1.1 415 "))
    }
  }

  @Test func aKeyMakesOneDocument() async throws {
    try await GatewayHarness.run(gateways: 2) { harness in
      let first = try await harness.upload("one", ["idempotency-key": "k-1"])
      #expect(first.status == 202)
      let again = try await harness.upload("one", ["idempotency-key": "k-1"])
      #expect(again.status == 202)
      #expect(again.json["id"] == first.json["id"])
      #expect(again.json["source"] == first.json["source"])
      let other = try await harness.upload("two", ["idempotency-key": "k-1"], node: 1)
      #expect(other.status == 422)
      #expect(other.json["type"]?.string == "/problems/idempotency-conflict")
      // Sent to both gateways at once it makes one document, too.
      async let left = harness.upload("three", ["idempotency-key": "k-2"], node: 0)
      async let right = harness.upload("three", ["idempotency-key": "k-2"], node: 1)
      let (a, b) = try await (left, right)
      #expect(a.status == 202)
      #expect(b.status == 202)
      #expect(a.json["id"] == b.json["id"])
      #expect(a.json["source"] == b.json["source"])
      let list = try await harness.get("/v1/documents", node: 1)
      #expect(list.json["documents"]?.array?.count == 2)
    }
  }

  @Test func anotherReplicaFindsItAtOnce() async throws {
    try await GatewayHarness.run(gateways: 2) { harness in
      for number in 0..<20 {
        let made = try await harness.upload("text \(number)", node: number % 2)
        let id = try #require(made.json["id"]?.string)
        #expect(try await harness.get("/v1/documents/\(id)", node: 1 - number % 2).status == 200)
      }
    }
  }

  @Test func waitsForTheResult() async throws {
    try await GatewayHarness.run { harness in
      let started = ContinuousClock.now
      let quick = try await harness.upload("x", ["prefer": "wait=0"])
      #expect(quick.status == 202)
      #expect(quick.headers["preference-applied"] == nil)
      let short = try await harness.upload("y", ["prefer": "wait=1"])
      #expect(short.status == 202)
      #expect(short.headers["preference-applied"] == "wait=1")
      #expect(ContinuousClock.now - started >= .seconds(1))
      let id = try #require(short.json["id"]?.string)
      async let waiting = harness.get("/v1/documents/\(id)", ["prefer": "wait=30"])
      try await harness.enrich(id, title: "Found")
      let done = try await waiting
      #expect(done.status == 200)
      #expect(done.json["state"]?.string == "enriched")
      #expect(done.json["metadata"]?["title"]?.string == "Found")
      #expect(done.headers["preference-applied"] == "wait=30")
      // An upload that was finished before answers with the result.
      let key: HTTPClient.Headers = ["idempotency-key": "w", "prefer": "wait=30"]
      let first = try await harness.upload("z", ["idempotency-key": "w"])
      try await harness.fail(try #require(first.json["id"]?.string), reason: "empty")
      let second = try await harness.upload("z", key)
      #expect(second.status == 200)
      #expect(second.json["state"]?.string == "failed")
      #expect(second.json["error"]?["reason"]?.string == "empty")
    }
  }

  /// The same on Apache Kafka.
  @Test(
    .enabled(
      if: ProcessInfo.processInfo.environment["HEADRACE_TEST_KAFKA"] != nil, "HEADRACE_TEST_KAFKA names no Kafka"))
  func doesTheSameOnApacheKafka() async throws {
    try await GatewayHarness.run(gateways: 2, onApacheKafka: true, acknowledgement: .seconds(30)) { harness in
      let key = UUID().uuidString
      let made = try await harness.upload("On Kafka", ["idempotency-key": key])
      #expect(made.status == 202, "\(made.text)")
      let id = try #require(made.json["id"]?.string)
      #expect(try await harness.upload("On Kafka", ["idempotency-key": key], node: 1).json["id"]?.string == id)
      #expect(try await harness.upload("Other", ["idempotency-key": key], node: 1).status == 422)
      #expect(try await harness.get("/v1/documents/\(id)/content", node: 1).text == "On Kafka")
      try await harness.enrich(id)
      #expect(
        try await harness.get("/v1/documents/\(id)", ["prefer": "wait=30"], node: 1).json["state"]?.string == "enriched"
      )
      let events = try await EventStreamTests.read(harness, "/v1/documents/\(id)/events").events
      #expect(events.map(\.type) == [DocumentUploaded.eventType, DocumentEnriched.eventType])
      #expect(try await harness.send("DELETE", "/v1/documents/\(id)").status == 200)
    }
  }
}
