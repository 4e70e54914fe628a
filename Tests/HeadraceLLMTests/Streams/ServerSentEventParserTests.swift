import HeadraceTesting
import Testing

@testable import HeadraceLLM

/// Streams cut at every place give the events of the whole.
@Suite(.timeLimit(.minutes(1)))
struct ServerSentEventParserTests {
  private func events(_ pieces: [[UInt8]]) throws -> [StreamedEvent] {
    var parser = ServerSentEventParser()
    return try pieces.flatMap { try parser.consume($0) }
  }

  private func event(_ name: String, _ data: String) -> StreamedEvent { .init(name: name, data: Array(data.utf8)) }

  @Test func readsWhatTheStandardSays() throws {
    let text =
      "\u{FEFF}: comment\n\nevent: a\ndata: one\ndata:two\ndata\n\nid: 7\nretry: 10\ndata: x\r\n\r\nevent: none\n\ndata:  y\r\rdata: cut"
    #expect(
      try events([Array(text.utf8)]) == [event("a", "one\ntwo\n"), event("", "x"), event("", " y")])
  }

  @Test func aMarkThatIsNoneIsText() throws {
    #expect(try events([[0xEF, 0xBB], Array("data: x\n\n".utf8)]).isEmpty)
    #expect(try events([[0xEF], [0xBB], [0xBF], Array("data: x\n\n".utf8)]) == [event("", "x")])
  }

  /// A thousand streams, each cut in two at every position and in single bytes.
  @Test func everySplitGivesTheSame() throws {
    var generator = SeededGenerator(seed: 11)
    let ends = ["\n", "\r\n", "\r"]
    let words = ["data: ", "data:", "event: ", ": ", "id: ", "dat", "data: {\"a\":\"ü€😀\"}", "", "data: [DONE]", "x:y"]
    for _ in 0..<1_000 {
      var text = Bool.random(using: &generator) ? "\u{FEFF}" : ""
      for _ in 0..<Int.random(in: 1...8, using: &generator) {
        text += words.randomElement(using: &generator)! + ends.randomElement(using: &generator)!
        if Bool.random(using: &generator) { text += ends.randomElement(using: &generator)! }
      }
      let bytes = Array(text.utf8)
      let whole = try events([bytes])
      for cut in 0...bytes.count {
        let split = try events([Array(bytes[..<cut]), Array(bytes[cut...])])
        if split != whole { Issue.record("cut at \(cut) of \(text.debugDescription): \(split) instead of \(whole)") }
      }
      #expect(try events(bytes.map { [$0] }) == whole)
    }
  }

  /// A body cut at every byte is never taken for whole.
  @Test func aCutStreamIsNeverWhole() throws {
    let lines = [
      #"{"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"model":"m"}"#,
      #"{"choices":[{"index":0,"delta":{"content":"Grüße "},"finish_reason":null}],"model":"m"}"#,
      #"{"choices":[{"index":0,"delta":{"content":"😀"},"finish_reason":null}],"model":"m"}"#,
      #"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"model":"m"}"#,
      #"{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}"#, "[DONE]",
    ]
    let bytes = Array(lines.map { "data: \($0)\n\n" }.joined().utf8)
    for cut in 0...bytes.count {
      var parser = ServerSentEventParser()
      var decoder = OpenAIChatDialect().decoder()
      for event in try parser.consume(Array(bytes[..<cut])) { _ = try decoder.consume(event) }
      #expect(decoder.isComplete == (cut == bytes.count))
      #expect("Grüße 😀".hasPrefix(decoder.answer.text))
    }
  }

  @Test func anEndlessEventIsRefused() throws {
    var parser = ServerSentEventParser(limit: 1_000)
    #expect(throws: ServerSentEventParser.TooLarge.self) {
      for _ in 0..<100 { _ = try parser.consume(Array("data: 0123456789012345678\n".utf8)) }
    }
    var line = ServerSentEventParser(limit: 1_000)
    #expect(throws: ServerSentEventParser.TooLarge.self) {
      for _ in 0..<100 { _ = try line.consume(Array("0123456789012345678".utf8)) }
    }
  }
}
