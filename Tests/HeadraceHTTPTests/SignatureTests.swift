import Foundation
import HeadraceHTTPServer
import Synchronization
import HeadraceTesting
import Testing

@testable import HeadraceHTTP

enum Botocore {
  static let python = ForeignPython.with("botocore")
}

/// AWS signatures, each computed again by AWS's own library for Python.
@Suite(.enabled(if: Botocore.python != nil, ForeignPython.absence), .serialized, .timeLimit(.minutes(2)))
struct SignatureTests {
  static let script = """
    import json, sys
    from botocore.auth import S3SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials
    d = json.load(sys.stdin)
    auth = S3SigV4Auth(Credentials("AKID", "se/cret", d["token"]), "s3", "eu-central-1")
    request = AWSRequest(d["method"], d["url"], headers=d["headers"])
    request.context["timestamp"] = d["headers"]["x-amz-date"]
    text = auth.string_to_sign(request, auth.canonical_request(request))
    print(auth.signature(text, request))
    """

  struct Case: Sendable {
    var method: String
    var target: String
    var body: HTTPClient.Request.Body
    var headers: HTTPClient.Headers = [:]
    var token: String?
  }

  static let cases: [Case] = [
    Case(method: "GET", target: "/bucket/key", body: .none),
    Case(method: "HEAD", target: "/bucket/a%20b/%C3%BC%2B", body: .none),
    Case(method: "GET", target: "/bucket?list-type=2&max-keys=10&prefix=a%2Fb", body: .none, token: "to/ken=="),
    Case(
      method: "PUT", target: "/bucket/sha256/abc", body: .bytes(Array("content".utf8)),
      headers: ["content-type": "text/plain"]),
    Case(method: "PUT", target: "/bucket/empty", body: .bytes([])),
    Case(method: "POST", target: "/bucket/key?uploads=", body: .none, headers: ["x-amz-meta-name": "a  b"]),
    Case(
      method: "PUT", target: "/bucket/stream",
      body: .stream(length: 7) { writer in try await writer.write(Array("content".utf8)) },
      headers: ["x-amz-content-sha256": "UNSIGNED-PAYLOAD"]),
    Case(method: "DELETE", target: "/bucket/key?versionId=1", body: .none),
  ]

  @Test(arguments: cases)
  func botocoreAgrees(one: Case) async throws {
    let seen = Mutex<HTTPHeaders?>(nil)
    var router = Router()
    for method in [HTTPMethod.get, .head, .put, .post, .delete] {
      router.on(method, "/{rest...}") { request in
        seen.withLock { $0 = request.headers }
        _ = try await request.body.collect(upTo: 1_000)
        return .text("ok")
      }
    }
    let client = HTTPClient()
    try await withHTTPServer(router) { _, port in
      let url = "http://127.0.0.1:\(port)\(one.target)"
      var request = HTTPClient.Request(method: one.method, url: url, headers: one.headers, body: one.body)
      request.signature = .init(
        accessKey: "AKID", secretKey: "se/cret", sessionToken: one.token, region: "eu-central-1")
      let status = try await client.execute(request).status
      #expect(status == 200)
      let headers = try #require(seen.withLock { $0 })
      let authorization = try #require(headers["authorization"])
      func part(_ name: String) -> String {
        authorization.components(separatedBy: "\(name)=").last?.components(separatedBy: ",").first ?? ""
      }
      var signed: [String: String] = [:]
      for name in part("SignedHeaders").split(separator: ";") { signed[String(name)] = headers[String(name)] ?? "" }
      #expect(signed["x-amz-content-sha256"] != nil && signed["host"] == "127.0.0.1:\(port)")
      #expect(one.token == nil || signed["x-amz-security-token"] == one.token)
      signed["host"] = nil
      let question = try JSONSerialization.data(withJSONObject: [
        "method": one.method, "url": url, "headers": signed, "token": one.token as Any? ?? NSNull(),
      ])
      let judge = try TestProgram(try #require(Botocore.python), ["-u", "-c", Self.script])
      defer { judge.stop() }
      judge.send(String(decoding: question, as: UTF8.self))
      let expected = try await judge.firstLine()
      #expect(part("Signature") == expected, "\(authorization)")
    }
  }
}
