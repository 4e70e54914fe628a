import Foundation
import HeadraceCore
import HeadraceHTTP
import Testing

@testable import HeadraceDocuments

@Suite("S3 blob store", .timeLimit(.minutes(2)))
struct S3BlobStoreTests {
  private static let signature = HTTPClient.Signature(
    accessKey: "AKIAIOSFODNN7EXAMPLE", secretKey: "secret", region: "us-east-1")

  @Test(.enabled(if: TestPython.has("moto"), "needs PyPI's moto[server] (ops/setup --tests)"))
  func itIsABlobStore() async throws {
    let server = try await MotoServer()
    do { try await conform(server.endpoint) } catch {
      await server.stop()
      throw error
    }
    await server.stop()
  }

  private func conform(_ endpoint: String) async throws {
    let folder = try TemporaryFolder()
    let client = HTTPClient()
    let made = try await client.execute(
      .init(method: "PUT", url: "\(endpoint)/blobs", signature: S3BlobStoreTests.signature))
    #expect(made.status == 200)
    let store = S3BlobStore(
      configuration: .init(
        endpoint: endpoint, bucket: "blobs", prefix: "a b/ü/", signature: S3BlobStoreTests.signature,
        spoolFolder: folder.path + "/spool"))
    try await BlobStoreConformance.run(store, largest: 9_000_000)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/spool").isEmpty)

    let missing = S3BlobStore(
      configuration: .init(
        endpoint: endpoint, bucket: "no-such-bucket", signature: S3BlobStoreTests.signature,
        spoolFolder: folder.path))
    let error = await #expect(throws: BlobError.self) { try await missing.check() }
    #expect(error?.code == .refused)
    client.shutdown()
  }

  @Test func aServerThatIsNotThereIsUnavailable() async throws {
    let folder = try TemporaryFolder()
    let store = S3BlobStore(
      configuration: .init(
        endpoint: "http://127.0.0.1:1", bucket: "b", signature: S3BlobStoreTests.signature, spoolFolder: folder.path,
        attempts: 2))
    let error = await #expect(throws: BlobError.self) { try await store.check() }
    #expect(error?.code == .unavailable)
    #expect(error?.failureClass == .transient)
  }

  @Test func datesAndListingsAreRead() {
    #expect(S3Date.http("Tue, 24 Nov 2026 07:00:05 GMT")?.rfc3339 == "2026-11-24T07:00:05.000Z")
    #expect(S3Date.http("nonsense") == nil)
    let listing = "<a><Contents><Key>x&amp;lt;</Key></Contents><Contents><Key>y</Key></Contents></a>"
    #expect(S3Listing.elements("Contents", in: listing[...]).map { S3Listing.text("Key", in: $0) } == ["x&lt;", "y"])
    #expect(S3Listing.encoded("a b/ü~", keepingSlashes: true) == "a%20b/%C3%BC~")
    #expect(S3Listing.encoded("a/b") == "a%2Fb")
  }
}

/// PyPI's moto as an S3 server on a port of its own.
private struct MotoServer {
  let endpoint: String
  private let process: TestProcess

  init() async throws {
    process = try TestPython.start(
      """
      import logging
      logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
      from werkzeug.serving import make_server
      from moto.server import DomainDispatcherApplication, create_backend_app
      server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=True)
      print(server.server_port, flush=True)
      server.serve_forever()
      """)
    let line = await process.line()
    guard let port = Int(line) else {
      await process.kill()
      throw TestProcess.Failed(description: "moto did not start: \(line)")
    }
    endpoint = "http://127.0.0.1:\(port)"
  }

  func stop() async { await process.kill() }
}
