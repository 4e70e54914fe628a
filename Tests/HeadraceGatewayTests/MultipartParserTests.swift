import Testing

@testable import HeadraceGateway

struct MultipartParserTests {
  /// Everything the parser says, with adjoining slices joined, and whether the body may end.
  static func parse(_ pieces: [[UInt8]], boundary: String = "b") -> [String] {
    guard var parser = MultipartParser(boundary: boundary) else { return ["no boundary"] }
    var said: [String] = []
    var body: [UInt8]?
    func flush() {
      if let bytes = body { said.append("body \(String(decoding: bytes, as: UTF8.self))") }
      body = nil
    }
    for piece in pieces {
      parser.append(piece)
      loop: while true {
        let step = parser.next()
        if case .body(let slice) = step {
          body = (body ?? []) + slice
          continue
        }
        if case .needsMore = step { break loop }
        flush()
        switch step {
        case .part(let part): said.append("part \(part.name) \(part.filename ?? "-") \(part.contentType ?? "-")")
        case .endOfPart: said.append("end")
        case .closed: said.append("closed")
        case .failed:
          said.append("failed")
          return said
        case .needsMore, .body: break
        }
      }
    }
    flush()
    said.append(parser.isComplete ? "complete" : "cut")
    return said
  }

  private static func part(_ name: String, _ body: String, more: String = "") -> String {
    "--b\r\nContent-Disposition: form-data; name=\"\(name)\"\(more)\r\n\r\n\(body)\r\n"
  }

  static let whole: [(String, [String])] = [
    (part("a", "one") + "--b--\r\n", ["part a - -", "body one", "end", "closed", "complete"]),
    (part("a", "one") + "--b--", ["part a - -", "body one", "end", "closed", "complete"]),
    ("\r\n" + part("a", "one") + "--b--\r\n\r\n", ["part a - -", "body one", "end", "closed", "complete"]),
    (part("a", "") + "--b--", ["part a - -", "end", "closed", "complete"]),
    (
      "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n--b--",
      ["part a - -", "end", "closed", "complete"]
    ),
    (
      part("a", "one") + part("file", "x\r\n--c\r\n-\r\n--", more: "; filename=\"f.txt\"\r\nContent-Type: text/plain")
        + "--b--",
      [
        "part a - -", "body one", "end", "part file f.txt text/plain", "body x\r\n--c\r\n-\r\n--", "end", "closed",
        "complete",
      ]
    ),
    (part("a", "\r\n\r\n\r\n") + "--b--", ["part a - -", "body \r\n\r\n\r\n", "end", "closed", "complete"]),
    (part("a", "\r\r\r\n-") + "--b--", ["part a - -", "body \r\r\r\n-", "end", "closed", "complete"]),
    (part("a", "--b") + "--b--", ["part a - -", "end", "cut"]),
    (
      "--b \t\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--b  \r\nContent-Disposition: form-data; name=c\r\n\r\n2\r\n--b--",
      ["part a - -", "body 1", "end", "part c - -", "body 2", "end", "closed", "complete"]
    ),
  ]

  @Test func readsWholeForms() {
    for (text, expected) in Self.whole { #expect(Self.parse([Array(text.utf8)]) == expected, "\(text)") }
  }

  static let malformed: [String] = [
    "preamble\r\n--b\r\n", "--c\r\n", "x--b\r\n", "--b--", "--bx\r\n", "--b\n", "\r\n\r\n--b\r\n", "--b -\r\n",
    "--b\r\nContent-Disposition: attachment; name=a\r\n\r\n", "--b\r\nContent-Disposition: form-data\r\n\r\n",
    "--b\r\nContent-Type: text/plain\r\n\r\n", "--b\r\n\r\n", "--b\r\nno colon\r\n\r\n",
    "--b\r\nContent-Disposition: form-data; name=a\r\n b\r\n\r\n",
    "--b\r\nContent-Disposition: form-data; name=a\r\nContent-Disposition: form-data; name=b\r\n\r\n",
    "--b\r\nContent-Disposition: form-data; name=\"a\r\n\r\n",
    "--b\r\n" + String(repeating: "A: b\r\n", count: 2000),
    part("a", "one") + "--b-x", part("a", "one") + "--b--x", part("a", "one") + "--b--\r\nepilogue",
    part("a", "one") + "--b" + String(repeating: " ", count: 100),
    String(repeating: part("a", "1"), count: 65),
  ]

  @Test func refusesMalformedForms() {
    for text in Self.malformed { #expect(Self.parse([Array(text.utf8)]).last == "failed", "\(text.prefix(80))") }
    for boundary in ["", String(repeating: "b", count: 71), "a\r\n", "ä", "a "] {
      #expect(MultipartParser(boundary: boundary) == nil)
    }
  }

  @Test func seesThatAFormWasCut() {
    let text = Array(Self.whole[5].0.utf8)
    for end in 0..<text.count {
      let said = Self.parse([Array(text[..<end])])
      // The closing delimiter is the only place at which a form is whole.
      #expect(said.last == "cut", "cut at \(end)")
    }
  }

  @Test func isTheSameForEverySplit() {
    for text in Self.whole.map(\.0) + Self.malformed where text.utf8.count < 400 {
      let bytes = Array(text.utf8)
      let whole = Self.parse([bytes])
      #expect(Self.parse(bytes.map { [$0] }) == whole, "byte by byte: \(text)")
      for first in 0...bytes.count {
        for second in stride(from: first, through: bytes.count, by: 5) {
          let pieces = [Array(bytes[..<first]), Array(bytes[first..<second]), Array(bytes[second...])]
          if Self.parse(pieces) != whole { Issue.record("\(text) cut at \(first) and \(second)") }
        }
      }
    }
  }

  @Test func survivesMutations() {
    var random = SystemRandomNumberGenerator()
    let seeds = Self.whole.map { Array($0.0.utf8) }
    for _ in 0..<3000 {
      guard var bytes = seeds.randomElement(using: &random) else { return }
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: bytes[place] = [13, 10, 45, 98, 0, 255].randomElement(using: &random) ?? 0
        case 1: if bytes.count > 1 { bytes.remove(at: place) }
        default: bytes.insert([13, 10, 45].randomElement(using: &random) ?? 0, at: place)
        }
      }
      let whole = Self.parse([bytes])
      let cut = Int.random(in: 0...bytes.count, using: &random)
      if Self.parse([Array(bytes[..<cut]), Array(bytes[cut...])]) != whole {
        Issue.record("depends on the cut at \(cut): \(bytes)")
      }
    }
  }
}
