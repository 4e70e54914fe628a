import Testing

@testable import HeadraceHTTPServer

/// Everything a parser says about some bytes, with adjoining body slices joined: independent of how they were cut.
func parse(_ pieces: [[UInt8]], limits: HTTPRequestParser.Limits = .init(), bodyLimit: Int = .max) -> [HTTPRequestParser
  .Step]
{
  var parser = HTTPRequestParser(limits: limits)
  var steps: [HTTPRequestParser.Step] = []
  for piece in pieces {
    parser.append(piece)
    loop: while true {
      let step = parser.next()
      switch step {
      case .needsMore: break loop
      case .head:
        steps.append(step)
        parser.bodyLimit = bodyLimit
      case .body(let slice):
        if case .body(let before) = steps.last {
          steps[steps.count - 1] = .body(before + slice)
        } else {
          steps.append(step)
        }
      case .end: steps.append(step)
      case .refuse:
        steps.append(step)
        return steps
      }
    }
  }
  return steps
}

func parse(_ text: String, limits: HTTPRequestParser.Limits = .init(), bodyLimit: Int = .max) -> [HTTPRequestParser
  .Step]
{
  parse([Array(text.utf8)], limits: limits, bodyLimit: bodyLimit)
}

private func get(_ line: String = "GET / HTTP/1.1", _ fields: String...) -> String {
  ([line, "Host: x"] + fields).joined(separator: "\r\n") + "\r\n\r\n"
}

private func chunked(_ body: String) -> String {
  "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + body
}

@Suite(.timeLimit(.minutes(1)))
struct RequestParserTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let text: [UInt8]
    let status: Int
    var testDescription: String { name }
    init(_ name: String, _ text: String, _ status: Int = 400) {
      self.name = name
      self.text = Array(text.utf8)
      self.status = status
    }
    init(_ name: String, bytes: [UInt8], _ status: Int = 400) {
      self.name = name
      self.text = bytes
      self.status = status
    }
  }

  static let refused: [Case] = [
    Case("bare LF after the request line", "GET / HTTP/1.1\nHost: x\r\n\r\n"),
    Case("bare LF after a field", "GET / HTTP/1.1\r\nHost: x\n\r\n"),
    Case("bare LF ends the head", "GET / HTTP/1.1\r\nHost: x\r\n\n"),
    Case("bare CR in a field", get("GET / HTTP/1.1", "A: b\rc")),
    Case("bare CR in the request line", "GET /\r HTTP/1.1\r\nHost: x\r\n\r\n"),
    Case("CR CR LF", "GET / HTTP/1.1\r\r\nHost: x\r\n\r\n"),
    Case("NUL in a value", get("GET / HTTP/1.1", "A: b\u{0}c")),
    Case("NUL in the target", "GET /\u{0} HTTP/1.1\r\nHost: x\r\n\r\n"),
    Case("a bell in a value", get("GET / HTTP/1.1", "A: b\u{7}c")),
    Case("DEL in a value", get("GET / HTTP/1.1", "A: b\u{7F}c")),
    Case("a control byte in a name", get("GET / HTTP/1.1", "A\u{1}: b")),
    Case("a folded line", get("GET / HTTP/1.1", "A: b", " c")),
    Case("a line folded by a tab", get("GET / HTTP/1.1", "A: b", "\tc")),
    Case("white space before the first field", "GET / HTTP/1.1\r\n Host: x\r\n\r\n"),
    Case("space before the colon", get("GET / HTTP/1.1", "A : b")),
    Case("tab before the colon", get("GET / HTTP/1.1", "A\t: b")),
    Case("an empty name", get("GET / HTTP/1.1", ": b")),
    Case("no colon", get("GET / HTTP/1.1", "Ab")),
    Case("parentheses in a name", get("GET / HTTP/1.1", "A(b): c")),
    Case("an 8-bit name", get("GET / HTTP/1.1", "Ä: b")),
    Case("space in the target", "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n"),
    Case("8-bit bytes in the target", "GET /ä HTTP/1.1\r\nHost: x\r\n\r\n"),
    Case("a fragment in the target", get("GET /a#b HTTP/1.1")),
    Case("two spaces in the request line", get("GET  / HTTP/1.1")),
    Case("a tab in the request line", get("GET\t/ HTTP/1.1")),
    Case("a space before the method", get(" GET / HTTP/1.1")),
    Case("a space after the version", get("GET / HTTP/1.1 ")),
    Case("no version", get("GET /")),
    Case("an empty method", get(" / HTTP/1.1")),
    Case("a method that is no token", get("GE:T / HTTP/1.1")),
    Case("a method of 33 letters", get(String(repeating: "A", count: 33) + " / HTTP/1.1")),
    Case("a lower-case protocol", get("GET / http/1.1")),
    Case("a version of three digits", get("GET / HTTP/1.10")),
    Case("HTTP/2.0", get("GET / HTTP/2.0"), 505),
    Case("HTTP/1.2", get("GET / HTTP/1.2"), 505),
    Case("HTTP/0.9", get("GET / HTTP/0.9"), 505),
    Case("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    Case("a TLS hello", bytes: [0x16, 0x03, 0x01, 0x02, 0x00, 0x01]),
    Case("a relative target", get("GET a HTTP/1.1")),
    Case("* for GET", get("GET * HTTP/1.1")),
    Case("CONNECT", get("CONNECT a:443 HTTP/1.1")),
    Case("an absolute target without host", get("GET http:///a HTTP/1.1")),
    Case("user information in an absolute target", get("GET http://a@b/ HTTP/1.1")),
    Case("another scheme", get("GET ftp://a/ HTTP/1.1")),
    Case("%00", get("GET /a%00 HTTP/1.1")),
    Case("%2f", get("GET /a%2fb HTTP/1.1")),
    Case("%2F", get("GET /a%2Fb HTTP/1.1")),
    Case("%0a", get("GET /a%0ab HTTP/1.1")),
    Case("a broken escape", get("GET /a%2 HTTP/1.1")),
    Case("a broken escape of letters", get("GET /a%zz HTTP/1.1")),
    Case("a lone percent", get("GET /% HTTP/1.1")),
    Case("an escape that is no UTF-8", get("GET /%ff HTTP/1.1")),
    Case("a broken escape in the query", get("GET /?a=%2 HTTP/1.1")),
    Case("%00 in the query", get("GET /?a=%00 HTTP/1.1")),
    Case("a dot segment", get("GET /a/../b HTTP/1.1")),
    Case("an escaped dot segment", get("GET /a/%2e%2E/b HTTP/1.1")),
    Case("no Host", "GET / HTTP/1.1\r\n\r\n"),
    Case("two Hosts", get("GET / HTTP/1.1", "Host: y")),
    Case("a Host with a space", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"),
    Case("a Host with a slash", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
    Case("Content-Length of letters", get("POST / HTTP/1.1", "Content-Length: abc")),
    Case("Content-Length with a sign", get("POST / HTTP/1.1", "Content-Length: +5")),
    Case("a negative Content-Length", get("POST / HTTP/1.1", "Content-Length: -5")),
    Case("an empty Content-Length", get("POST / HTTP/1.1", "Content-Length:")),
    Case("a hexadecimal Content-Length", get("POST / HTTP/1.1", "Content-Length: 0x5")),
    Case("a Content-Length of 16 digits", get("POST / HTTP/1.1", "Content-Length: 1234567890123456")),
    Case("a Content-Length list", get("POST / HTTP/1.1", "Content-Length: 5, 5")),
    Case("two equal Content-Lengths", get("POST / HTTP/1.1", "Content-Length: 5", "Content-Length: 5")),
    Case("two Content-Lengths", get("POST / HTTP/1.1", "Content-Length: 5", "Content-Length: 6")),
    Case("length beside encoding", get("POST / HTTP/1.1", "Content-Length: 5", "Transfer-Encoding: chunked")),
    Case("encoding beside length", get("POST / HTTP/1.1", "Transfer-Encoding: chunked", "Content-Length: 5")),
    Case("Transfer-Encoding in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"),
    Case("Transfer-Encoding: gzip", get("POST / HTTP/1.1", "Transfer-Encoding: gzip"), 501),
    Case("Transfer-Encoding: gzip, chunked", get("POST / HTTP/1.1", "Transfer-Encoding: gzip, chunked"), 501),
    Case("chunked twice", get("POST / HTTP/1.1", "Transfer-Encoding: chunked", "Transfer-Encoding: chunked"), 501),
    Case("chunked, chunked", get("POST / HTTP/1.1", "Transfer-Encoding: chunked, chunked"), 501),
    Case("xchunked", get("POST / HTTP/1.1", "Transfer-Encoding: xchunked"), 501),
    Case("identity", get("POST / HTTP/1.1", "Transfer-Encoding: identity"), 501),
    Case("an unknown expectation", get("POST / HTTP/1.1", "Expect: the unexpected", "Content-Length: 1"), 417),
    Case("a chunk size with a sign", chunked("+5\r\nhello\r\n0\r\n\r\n")),
    Case("a negative chunk size", chunked("-5\r\nhello\r\n0\r\n\r\n")),
    Case("a space before a chunk size", chunked(" 5\r\nhello\r\n0\r\n\r\n")),
    Case("a space after a chunk size", chunked("5 \r\nhello\r\n0\r\n\r\n")),
    Case("0x before a chunk size", chunked("0x5\r\nhello\r\n0\r\n\r\n")),
    Case("an empty chunk size", chunked("\r\nhello\r\n0\r\n\r\n")),
    Case("a chunk size of 13 digits", chunked("1000000000000\r\n"), 413),
    Case("a chunk size line with bare LF", chunked("5\nhello\r\n0\r\n\r\n")),
    Case("chunk data longer than its size", chunked("4\r\nhello\r\n0\r\n\r\n")),
    Case("chunk data that ends with bare LF", chunked("5\r\nhello\n0\r\n\r\n")),
    Case("chunk data that ends with CR and more", chunked("5\r\nhello\rx0\r\n\r\n")),
    Case("a chunk extension of 300 bytes", chunked("5;" + String(repeating: "a", count: 300) + "\r\n"), 431),
    Case("a control byte in an extension", chunked("5;a=\u{1}\r\nhello\r\n")),
    Case("a folded trailer", chunked("0\r\nA: b\r\n c\r\n\r\n")),
    Case("a trailer without a name", chunked("0\r\n: b\r\n\r\n")),
    Case("a trailer of 5 KiB", chunked("0\r\nA: " + String(repeating: "b", count: 5 << 10) + "\r\n\r\n"), 431),
    Case("a head of 17 KiB", get("GET / HTTP/1.1", "A: " + String(repeating: "b", count: 17 << 10)), 431),
    Case("101 fields", get("GET / HTTP/1.1").replacing(1, with: (0..<101).map { "A\($0): b" }), 431),
    Case("a target of 9 KiB", get("GET /" + String(repeating: "a", count: 9 << 10) + " HTTP/1.1"), 414),
    Case("three empty lines before a request", "\r\n\r\n\r\n" + get()),
  ]

  @Test(arguments: refused)
  func refuses(_ refused: Case) {
    guard case .refuse(let refusal)? = parse([refused.text]).last else {
      Issue.record("was taken")
      return
    }
    #expect(refusal.status.code == refused.status, "\(refusal.detail)")
    #expect(!refusal.detail.isEmpty)
  }

  /// The same verdict, byte by byte.
  @Test(arguments: refused)
  func refusesTheSameByteByByte(_ refused: Case) {
    #expect(parse(refused.text.map { [$0] }).last == parse([refused.text]).last)
  }

  static let taken: [Case] = [
    Case("plain", get(), 0),
    Case("two empty lines before", "\r\n\r\n" + get(), 0),
    Case("HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n", 0),
    Case("an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 0),
    Case("an absolute target", get("GET http://example.org:80/a?b HTTP/1.1"), 0),
    Case("* for OPTIONS", get("OPTIONS * HTTP/1.1"), 0),
    Case("an 8-bit value", get("GET / HTTP/1.1", "A: ä"), 0),
    Case("an empty value", get("GET / HTTP/1.1", "A:", "B:   "), 0),
    Case("tabs around a value", get("GET / HTTP/1.1", "A:\tb\t"), 0),
    Case("a body", get("POST / HTTP/1.1", "Content-Length: 5") + "hello", 0),
    Case("an empty body", get("POST / HTTP/1.1", "Content-Length: 0"), 0),
    Case("chunks", chunked("5\r\nhello\r\nA\r\n0123456789\r\n0\r\n\r\n"), 0),
    Case("chunks with extensions and a trailer", chunked("5;a=b;c=\"d\"\r\nhello\r\n00\r\nA: b\r\nC: d\r\n\r\n"), 0),
    Case("no chunk at all", chunked("0\r\n\r\n"), 0),
    Case("Chunked in capitals", get("POST / HTTP/1.1", "Transfer-Encoding: CHUNKED") + "1\r\na\r\n0\r\n\r\n", 0),
    Case("three in a row", get() + get("POST /b HTTP/1.1", "Content-Length: 2") + "ok" + get("GET /c HTTP/1.1"), 0),
    Case("100-Continue", get("POST / HTTP/1.1", "Expect: 100-Continue", "Content-Length: 1") + "a", 0),
  ]

  @Test(arguments: taken)
  func takes(_ taken: Case) {
    let steps = parse([taken.text])
    #expect(steps.last == .end)
  }

  /// Cut at every place, and at every pair of places, the outcome is the same.
  @Test(arguments: taken + refused.filter { $0.text.count < 200 })
  func isTheSameForEverySplit(_ one: Case) {
    let bytes = one.text
    let whole = parse([bytes])
    for first in 0...bytes.count {
      #expect(parse([Array(bytes[..<first]), Array(bytes[first...])]) == whole)
      for second in stride(from: first, through: bytes.count, by: 7) {
        let pieces = [Array(bytes[..<first]), Array(bytes[first..<second]), Array(bytes[second...])]
        if parse(pieces) != whole { Issue.record("cut at \(first) and \(second)") }
      }
    }
  }

  @Test func readsTheHead() throws {
    let steps = parse(
      get("POST /a%20b/c?x=1&y=%C3%A4+z&x=2 HTTP/1.1", "X-One:  two  ", "Content-Length: 3", "Connection: Close"))
    guard case .head(let head)? = steps.first else {
      Issue.record("no head")
      return
    }
    #expect(head.method == .post)
    #expect(head.target.segments == ["a b", "c"])
    #expect(head.target.path == "/a%20b/c")
    #expect(head.target.query["y"] == "ä z")
    #expect(head.target.query.all("x") == ["1", "2"])
    #expect(head.headers["x-one"] == "two")
    #expect(head.framing == .length(3))
    #expect(!head.keepAlive)
  }

  @Test func takesTheHostFromAnAbsoluteTarget() {
    guard case .head(let head)? = parse(get("GET http://example.org/a HTTP/1.1")).first else {
      Issue.record("no head")
      return
    }
    #expect(head.headers["host"] == "example.org")
    #expect(head.target.segments == ["a"])
  }

  @Test func countsAChunkedBodyAgainstItsLimit() {
    guard case .refuse(let refusal)? = parse(chunked("5\r\nhello\r\n5\r\nhello\r\n0\r\n\r\n"), bodyLimit: 9).last else {
      Issue.record("was taken")
      return
    }
    #expect(refusal.status == .contentTooLarge)
    #expect(parse(chunked("5\r\nhello\r\n5\r\nhello\r\n0\r\n\r\n"), bodyLimit: 10).last == .end)
  }

  @Test func readsLatin1WhereAValueIsNoUTF8() {
    let bytes = Array("GET / HTTP/1.1\r\nHost: x\r\nA: ".utf8) + [0xE4] + Array("\r\n\r\n".utf8)
    guard case .head(let head)? = parse([bytes]).first else {
      Issue.record("no head")
      return
    }
    #expect(head.headers["a"] == "ä")
  }

  /// Mutated requests never crash, and never depend on how they are cut.
  @Test func survivesMutations() {
    var random = SplitMix(seed: 0x4845_4144)
    let seeds = (Self.taken + Self.refused.filter { $0.text.count < 400 }).map(\.text)
    let spice: [UInt8] = [0, 9, 10, 13, 32, 37, 43, 45, 48, 58, 59, 127, 128, 255]
    for _ in 0..<8_000 {
      var bytes = seeds[random.below(seeds.count)]
      for _ in 0...random.below(4) where !bytes.isEmpty {
        let place = random.below(bytes.count)
        switch random.below(5) {
        case 0: bytes[place] = spice[random.below(spice.count)]
        case 1: bytes.remove(at: place)
        case 2: bytes.insert(spice[random.below(spice.count)], at: place)
        case 3: bytes[place] ^= 1 << UInt8(random.below(8))
        default:
          let other = seeds[random.below(seeds.count)]
          bytes = Array(bytes[..<place]) + other.suffix(random.below(other.count + 1))
        }
      }
      let whole = parse([bytes])
      let cut = random.below(bytes.count + 1)
      let other = random.below(bytes.count + 1)
      let pieces = [
        Array(bytes[..<min(cut, other)]), Array(bytes[min(cut, other)..<max(cut, other)]),
        Array(bytes[max(cut, other)...]),
      ]
      if parse(pieces) != whole { Issue.record("depends on the cut: \(bytes)") }
    }
  }
}

extension String {
  /// The head with more fields.
  fileprivate func replacing(_ count: Int, with fields: [String]) -> String {
    String(dropLast(2)) + fields.map { $0 + "\r\n" }.joined() + "\r\n"
  }
}

/// A small generator with a seed: the same run everywhere.
struct SplitMix: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(max(bound, 1))) }
}
