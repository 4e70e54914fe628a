import HeadraceHTTPServer
import Testing

@testable import HeadraceGateway

struct FieldTests {
  @Test func readsMediaTypes() {
    #expect(MediaType("Text/Plain; charset=UTF-8")?.essence == "text/plain")
    #expect(MediaType("text/plain; charset=\"utf-8\"")?.parameters == ["charset": "utf-8"])
    #expect(MediaType("multipart/form-data; boundary=\"a b;c\"")?.parameters["boundary"] == "a b;c")
    #expect(MediaType("text/plain;")?.essence == "text/plain")
    for broken in [
      "", "text", "text/", "/plain", "text/plain/x", "te xt/plain", "text/plain; charset", "a/b; c=\"d",
      "a/b; c=d; C=e",
    ] {
      #expect(MediaType(broken) == nil, "\(broken)")
    }
  }

  @Test func readsDispositions() {
    #expect(ContentDisposition("attachment; filename=a.txt")?.filename == "a.txt")
    #expect(ContentDisposition("attachment; filename=\"a \\\"b\\\".txt\"")?.filename == "a \"b\".txt")
    #expect(ContentDisposition("attachment; filename=\"C:\\dir\\a.txt\"")?.filename == "a.txt")
    #expect(ContentDisposition("attachment; filename=\"../../etc/passwd\"")?.filename == "passwd")
    #expect(ContentDisposition("attachment; filename=x; filename*=UTF-8''%e2%82%ac.txt")?.filename == "€.txt")
    #expect(ContentDisposition("form-data; name=file; filename=\"ä.txt\"")?.filename == "ä.txt")
    #expect(ContentDisposition("attachment; filename*=ISO-8859-1''%A3%20rates.txt")?.filename == "£ rates.txt")
    #expect(ContentDisposition("attachment; filename*=UTF-8''%zz") == nil)
    #expect(ContentDisposition("attachment; filename*=KOI8-R''x") == nil)
    // What clients of forms escape: aiohttp all that is not ASCII, browsers and curl quotes and line ends.
    #expect(ContentDisposition("form-data; filename=\"%E6%97%A5%20%E8%AA%9E.txt\"")?.filename == "日 語.txt")
    #expect(ContentDisposition("form-data; filename=\"%C3%A4%2F..%2Fx.txt\"")?.filename == "x.txt")
    #expect(ContentDisposition("form-data; filename=\"a %22b%22.txt\"")?.filename == "a \"b\".txt")
    #expect(ContentDisposition("form-data; filename=\"ä 100%25.txt\"")?.filename == "ä 100%25.txt")
    #expect(ContentDisposition("form-data; filename=\"100% of it, 20%20.txt\"")?.filename == "100% of it, 20%20.txt")
    #expect(ContentDisposition("form-data; filename=\"%FF.txt\"")?.filename == "%FF.txt")
    #expect(ContentDisposition.attachment("a.txt") == "attachment; filename=\"a.txt\"")
    #expect(
      ContentDisposition.attachment("ä\"\r\n.txt")
        == "attachment; filename=\"_____.txt\"; filename*=UTF-8''%C3%A4%22%0D%0A.txt")
  }

  @Test func readsPreferences() {
    #expect(Preferences(["prefer": "wait=10"]).wait == 10)
    #expect(Preferences(["prefer": "respond-async, WAIT = \"7\"; x=y"]).wait == 7)
    #expect(Preferences(["prefer": "respond-async"]).respondAsync)
    #expect(Preferences(["Prefer": "handling=lenient", "PREFER": "wait=3"]).wait == 3)
    for broken in ["wait", "wait=", "wait=-1", "wait=x", "wait=99999999999999999999"] {
      #expect(Preferences(["prefer": broken]).wait == nil, "\(broken)")
    }
  }

  @Test func readsDigests() {
    let zeros = "sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:"
    #expect(ContentDigest.read(["content-digest": zeros]) == .sha256([UInt8](repeating: 0, count: 32)))
    #expect(ContentDigest.read(["content-digest": "md5=:AAAA:, \(zeros)"]) == .sha256([UInt8](repeating: 0, count: 32)))
    #expect(ContentDigest.read(["content-digest": "sha-512=:AAAA:"]) == .none)
    #expect(ContentDigest.read([:]) == .none)
    for broken in ["sha-256=abc", "sha-256=:AAAA:", "sha-256=:?:", "sha-256=::"] {
      #expect(ContentDigest.read(["content-digest": broken]) == .malformed, "\(broken)")
    }
    #expect(ContentDigest.write([UInt8](repeating: 0, count: 32)) == zeros)
  }

  @Test func readsRanges() {
    #expect(ByteRange.read("bytes=0-4", size: 10) == .part(0..<5))
    #expect(ByteRange.read("bytes=5-", size: 10) == .part(5..<10))
    #expect(ByteRange.read("bytes=-3", size: 10) == .part(7..<10))
    #expect(ByteRange.read("bytes=-30", size: 10) == .part(0..<10))
    #expect(ByteRange.read("bytes=9-99", size: 10) == .part(9..<10))
    #expect(ByteRange.read("bytes=10-", size: 10) == .unsatisfiable)
    #expect(ByteRange.read("bytes=-0", size: 10) == .unsatisfiable)
    for ignored in [
      nil, "bytes=", "bytes=-", "bytes=4-2", "bytes=0-1,3-4", "lines=0-1", "bytes=a-b", "bytes=0-99999999999999999999",
    ] {
      #expect(ByteRange.read(ignored, size: 10) == .whole, "\(ignored ?? "")")
    }
  }

  @Test func comparesEntityTags() {
    #expect(EntityTags.matches(["if-none-match": "\"a\", W/\"b\""], "if-none-match", tag: "\"b\""))
    #expect(EntityTags.matches(["if-none-match": "*"], "if-none-match", tag: "\"b\""))
    #expect(!EntityTags.matches(["if-none-match": "\"a\""], "if-none-match", tag: "\"b\""))
  }

  @Test(arguments: ["localhost", "LOCALHOST:8480", "127.0.0.1:80", "127.8.9.1", "[::1]:8480", "gateway.example:1"])
  func takesLoopbacksNames(_ host: String) throws {
    let names = LoopbackGuard(allowedHosts: ["Gateway.example"])
    try names.check(HTTPRequest(.get, "/", headers: ["host": host]))
    try names.check(HTTPRequest(.get, "/", headers: ["host": host, "origin": "http://\(host)"]))
  }

  @Test(arguments: [
    "example.org", "127.0.0.1.example.org", "localhost.example.org", "10.0.0.1", "[::2]:80", "127.0.0", "127.0.0.256",
  ])
  func refusesOtherNames(_ host: String) {
    let names = LoopbackGuard(allowedHosts: [])
    #expect(throws: HTTPError.self) { try names.check(HTTPRequest(.get, "/", headers: ["host": host])) }
    #expect(throws: HTTPError.self) {
      try names.check(HTTPRequest(.post, "/", headers: ["host": "localhost", "origin": "https://\(host)"]))
    }
  }

  @Test func refusesTheOpaqueOrigin() {
    #expect(throws: HTTPError.self) {
      try LoopbackGuard(allowedHosts: []).check(
        HTTPRequest(.post, "/", headers: ["host": "localhost", "origin": "null"]))
    }
  }

  @Test func placesAreGivenBackOnce() throws {
    let limit = AdmissionLimit(2)
    let first = try limit.enter("")
    do {
      let second = try limit.enter("")
      #expect(throws: HTTPError.self) { try limit.enter("") }
      second.leave()
      second.leave()
      #expect(limit.taken == 1)
    }
    #expect(limit.taken == 1)
    first.leave()
    #expect(limit.taken == 0)
    _ = try limit.enter("")
    #expect(limit.taken == 0, "a place that nobody holds is free")
  }
}
