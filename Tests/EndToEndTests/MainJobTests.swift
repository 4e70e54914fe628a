import Foundation
import HeadraceCore
import HeadraceHTTP
import HeadraceKafka
import HeadraceTesting
import Testing

/// The main job through the binary: documents in, metadata events out.
@Suite(.timeLimit(.minutes(5)), .serialized) struct MainJobTests {
  @Test func documentsBecomeMetadataOnTheEmbeddedBroker() async throws {
    try await World.withPlatform { gateway, model, process, servers in
      try await mainJob(gateway, servers)
    }
  }

  @Test(.enabled(if: World.kafka != nil, "HEADRACE_TEST_KAFKA names no Kafka"))
  func documentsBecomeMetadataOnApacheKafka() async throws {
    let kafka = try #require(World.kafka)
    try await World.withPlatform(arguments: ["--bootstrap-server", kafka]) { gateway, model, process, servers in
      #expect(servers == kafka)
      try await mainJob(gateway, servers)
    }
  }

  private func mainJob(_ gateway: GatewayFace, _ servers: String) async throws {
    let samples = World.root.appending(path: "ops/samples")
    let types = ["pdf": "application/pdf", "html": "text/html", "md": "text/markdown", "txt": "text/plain"]
    var ids: [String: String] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: samples.path).sorted() {
      let bytes = Array(try Data(contentsOf: samples.appending(path: name)))
      let type = types[String(name.split(separator: ".").last ?? "")] ?? "text/plain"
      let answer = try await gateway.upload(bytes, name: name, type: type)
      #expect(answer.status == 202, "\(name): \(String(decoding: answer.body, as: UTF8.self))")
      let id = try #require(answer.json["id"]?.string)
      #expect(answer.headers["location"] == "/v1/documents/\(id)")
      #expect(answer.json["sha256"]?.string == SHA256.hash(bytes).hex)
      #expect(answer.json["source"]?["topic"]?.string == "document.uploads")
      ids[name] = id
    }
    let languages = [
      "garten.txt": "de", "bees.html": "en", "ferry.pdf": "en", "harbour.txt": "en", "espresso.md": "en",
    ]
    for (name, id) in ids {
      let document = try await gateway.finished(id)
      #expect(document["state"]?.string == "enriched", "\(name): \(document.text)")
      #expect(document["metadata"]?["language"]?.string == languages[name], "\(name)")
      #expect(document["metadata"]?["name"]?.string == name)
      #expect(document["metadata"]?["provenance"]?["source"]?["topic"]?.string == "document.uploads")
      let text = try await gateway.send("GET", "/v1/documents/\(id)/text")
      #expect(text.status == 200, "\(name): \(text.status)")
      #expect(text.body.count > 100)
      let content = try await gateway.send("GET", "/v1/documents/\(id)/content")
      #expect(content.body == Array(try Data(contentsOf: samples.appending(path: name))), "\(name)")
    }
    let events = try await World.committedRecords("document.metadata", servers)
    for (name, id) in ids {
      let own = events.filter { $0.key == Array(id.utf8) }
      #expect(own.count == 1, "\(name) has \(own.count) metadata events")
      let event = try own.first.map { try CloudEvent(kafkaHeaders: $0.headers, value: $0.value) }
      #expect(event?.type == "headrace.document.enriched.v1")
      #expect(event?.subject == id)
    }
  }

  @Test func textsThatNobodyHereWroteGoThrough() async throws {
    let folder = "/usr/share/common-licenses"
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    try #require(!names.isEmpty, "\(folder) is not there")
    try await World.withPlatform { gateway, model, process, servers in
      var ids: [(name: String, id: String, bytes: [UInt8])] = []
      for name in names {
        let bytes = Array(try Data(contentsOf: URL(filePath: "\(folder)/\(name)")))
        // No ending, and a type that promises nothing: the bytes must tell.
        let answer = try await gateway.upload(bytes, name: name, type: "application/octet-stream")
        ids.append((name, try #require(answer.json["id"]?.string), bytes))
      }
      for (name, id, bytes) in ids {
        let document = try await gateway.finished(id, within: .seconds(120))
        #expect(document["state"]?.string == "enriched", "\(name): \(document.text)")
        #expect(document["metadata"]?["name"]?.string == name)
        #expect(document["metadata"]?["language"]?.string == "en", "\(name)")
        #expect(document["metadata"]?["sha256"]?.string == SHA256.hash(bytes).hex)
      }
    }
  }

  @Test func badInputGetsAnAnswerThatSaysWhatToDo() async throws {
    try await World.withPlatform { gateway, model, process, servers in
      let unknown = try await gateway.send("GET", "/v1/documents/00000000-0000-7000-8000-000000000000")
      #expect(unknown.status == 404)
      #expect(unknown.headers["content-type"]?.hasPrefix("application/problem+json") == true)
      let nonsense = try await gateway.send("GET", "/v1/documents/nonsense")
      #expect([400, 404].contains(nonsense.status))
      let digest = try await gateway.send(
        "POST", "/v1/documents?name=a.txt",
        headers: [
          "content-type": "text/plain", "content-digest": "sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:",
        ],
        body: .bytes(Array("hello".utf8)))
      #expect(digest.status == 400)
      let multipart = try await gateway.send(
        "POST", "/v1/documents", headers: ["content-type": "multipart/form-data; boundary=x"],
        body: .bytes(Array("--x\r\nbroken".utf8)))
      #expect(multipart.status == 400)
      let list = try await gateway.send("GET", "/v1/documents")
      #expect(list.json["documents"]?.array?.isEmpty == true, "something half-written is listed: \(list.json.text)")
      for (bytes, type, reason) in [
        ([UInt8](), "text/plain", "empty"), (Array("%PDF-1.4\nbroken".utf8), "application/pdf", "corrupt"),
        ([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d], "image/png", "unsupported_type"),
      ] {
        let answer = try await gateway.upload(bytes, name: "x", type: type)
        if answer.status != 202 { continue }  // refusing an empty body at once is as good
        let document = try await gateway.finished(try #require(answer.json["id"]?.string))
        #expect(document["state"]?.string == "failed")
        #expect(document["error"]?["reason"]?.string == reason)
        #expect(document["error"]?["detail"]?.string?.isEmpty == false)
      }
      let dead = try await World.committedRecords("document.uploads.dlq", servers)
      #expect(dead.count >= 2)
    }
  }

  @Test func aDeletedDocumentStaysDeleted() async throws {
    try await World.withPlatform(.init(latency: .fixed(.milliseconds(800)))) { gateway, model, process, servers in
      let id = try await gateway.uploadText(
        String(repeating: "A letter about the harbour. ", count: 20), name: "letter.txt")
      while model.callsInFlight == 0 { try await Task.sleep(for: .milliseconds(5)) }
      let deleted = try await gateway.send("DELETE", "/v1/documents/\(id)")
      #expect([200, 202, 204].contains(deleted.status))
      #expect(try await gateway.send("GET", "/v1/documents/\(id)").status == 410)
      while model.callsInFlight > 0 { try await Task.sleep(for: .milliseconds(5)) }
      // The enricher answers the tombstone with a tombstone, after whatever it was doing.
      let deadline = ContinuousClock.now + .seconds(20)
      while ContinuousClock.now < deadline {
        let own = try await World.committedRecords("document.metadata", servers).filter { $0.key == Array(id.utf8) }
        if let last = own.last, last.value == nil { break }
        try await Task.sleep(for: .milliseconds(100))
      }
      let own = try await World.committedRecords("document.metadata", servers).filter { $0.key == Array(id.utf8) }
      #expect(own.last?.value == nil)
      #expect(!own.isEmpty)
      #expect(try await gateway.send("GET", "/v1/documents/\(id)").status == 410)
    }
  }

  @Test func G14_sigtermEndsWithinItsBudget() async throws {
    try await World.withPlatform { gateway, model, process, servers in
      _ = try await gateway.uploadText("A short note about boats and birds.", name: "note.txt")
      let start = ContinuousClock.now
      process.signal(SIGTERM)
      let code = await process.exitCode()
      #expect(code == 0, "\(process.standardError.suffix(2000))")
      #expect(ContinuousClock.now - start < .seconds(15))
    }
  }
}
