import HeadraceCore
import HeadraceHTTP
import HeadraceTelemetry
import Synchronization
import Testing

@testable import HeadraceLLM

/// Servers that are compatible in their own way, and some that are broken.
@Suite(.timeLimit(.minutes(2)))
struct OddServerTests {
  private typealias Step = RawServer.Step

  private static let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
  private static let json = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"

  private static func chunk(_ text: String) -> String { "\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n" }

  private static func event(_ text: String) -> String { "data: \(text)\n\n" }

  private static func delta(_ text: String, finish: String = "null") -> String {
    event(#"{"choices":[{"index":0,"delta":{"content":"\#(text)"},"finish_reason":\#(finish)}],"model":"m"}"#)
  }

  private static let usage = event(#"{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}"#)
  private static let done = event("[DONE]")
  private static let whole = delta("one ") + delta("two", finish: #""stop""#) + usage + done
  private static let end = "0\r\n\r\n"

  /// A whole answer, as one chunk.
  private static func answer(_ body: String) -> [Step] { [.send(head + chunk(body) + end)] }

  private static func length(_ body: String) -> [Step] {
    [.send(json + "content-length: \(body.utf8.count)\r\n\r\n" + body)]
  }

  private let request = ChatRequest(messages: [.user("hello")])

  /// The text of each script's answer.
  private func texts(
    _ scripts: [[RawServer.Step]], _ dialect: ProviderConfiguration.Dialect = .openAIChat
  ) async throws -> [String] {
    try await RawServer.with(scripts) { server in
      var texts: [String] = []
      for script in scripts.indices {
        let client = try server.client(script, dialect)
        let heard = Mutex("")
        let text = try await client.stream(request) { piece in heard.withLock { $0 += piece } }.text
        #expect(heard.withLock { $0 } == text, "script \(script)")
        #expect(try await client.complete(request).text == text, "script \(script)")
        texts.append(text)
      }
      return texts
    }
  }

  /// The failure of each script's answer.
  private func failures(
    _ scripts: [[RawServer.Step]], _ dialect: ProviderConfiguration.Dialect = .openAIChat,
    _ change: (inout LLMConfiguration) -> Void = { _ in }
  ) async throws -> [LLMError] {
    try await RawServer.with(scripts) { server in
      var failures: [LLMError] = []
      for script in scripts.indices {
        let client = try server.client(script, dialect, change)
        let error = await #expect(throws: LLMError.self, "script \(script)") { try await client.complete(request) }
        failures.append(try #require(error))
      }
      return failures
    }
  }

  @Test func oddFraming() async throws {
    let whole = Self.whole
    let hex = String(whole.utf8.count, radix: 16)
    let half = whole.utf8.count / 2
    let first = String(decoding: Array(whole.utf8.prefix(half)), as: UTF8.self)
    let second = String(decoding: Array(whole.utf8.dropFirst(half)), as: UTF8.self)
    let texts = try await texts([
      // An extension, leading zeros, capitals, and trailers after the last chunk.
      [.send(Self.head + "000\(hex.uppercased());name=\"value\"\r\n\(whole)\r\n0;last\r\nx-trailer: 1\r\n\r\n")],
      // Every byte by itself, the sizes of the chunks as well.
      [.drip(Self.head + Self.chunk(first) + Self.chunk(second) + Self.end, milliseconds: 0)],
      // A chunk for every byte.
      [.send(Self.head + whole.map { Self.chunk(String($0)) }.joined() + Self.end)],
      // No framing: the connection's end is the answer's.
      [.send("HTTP/1.0 200 OK\r\n\r\n" + whole), .close],
      // Interim responses before.
      [.send("HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n" + Self.head)]
        + [.send(Self.chunk(whole) + Self.end)],
    ])
    #expect(texts == Array(repeating: "one two", count: 5))
  }

  @Test func everyFormOfEvents() async throws {
    let lines = [Self.delta("one "), Self.delta("two", finish: #""stop""#), Self.usage, Self.done]
    let whole = lines.joined()
    let texts = try await texts([
      Self.answer(whole.replacing("\n", with: "\r\n")), Self.answer(whole.replacing("\n", with: "\r")),
      Self.answer("\u{FEFF}" + whole),
      Self.answer(": hello\n\n" + lines.joined(separator: ": still here\n\n") + ":\n\n"),
      Self.answer("id: 1\nretry: 10\nevent: message\n" + whole),
      // Data in several lines is joined by line feeds, which JSON passes over between its words.
      Self.answer(whole.replacing(#","delta""#, with: "\ndata: ,\"delta\"")),
      Self.answer(whole.replacing("data: ", with: "data:")),
    ])
    #expect(texts == Array(repeating: "one two", count: 7))
  }

  @Test func whatCompatibleServersLeaveOutOrAdd() async throws {
    let texts = try await texts([
      // Without the end mark; HTTP says that it is all.
      Self.answer(Self.delta("one ") + Self.delta("two", finish: #""stop""#)),
      Self.answer(Self.delta("one ") + Self.delta("two", finish: #""a-word-of-tomorrow""#) + Self.usage),
      // An empty word for no reason yet, and an error that is none.
      Self.answer(Self.whole.replacing("null}", with: #"""}"#).replacing(#""model""#, with: #""error":null,"model""#)),
      // Nothing where text would be, no choices, no delta.
      Self.answer(
        Self.event(#"{"choices":[{"delta":{"role":"assistant","content":null,"tool_calls":null}}],"usage":null}"#)
          + Self.event(#"{"choices":[]}"#) + Self.event(#"{"id":"x"}"#) + Self.event(#"{"choices":[{"index":0}]}"#)
          + Self.event("{}") + Self.whole),
      // Text in pieces with a type, thoughts among them.
      Self.answer(
        Self.event(
          #"{"choices":[{"delta":{"content":[{"type":"thinking","thinking":[]},{"type":"text","text":"one two"}]}}]}"#)
          + Self.delta("", finish: #""stop""#) + Self.done),
      // JSON in one piece, under any name.
      Self.length(#"{"choices":[{"message":{"content":"one two"},"finish_reason":"stop"}],"model":"m"}"#),
      [
        .send(
          "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n \n"
            + #"{"choices":[{"message":{"content":"one two"},"finish_reason":"stop"}]}"#), .close,
      ],
      // And events that call themselves JSON.
      [.send(Self.json + "transfer-encoding: chunked\r\n\r\n" + Self.chunk(Self.whole) + Self.end)],
    ])
    #expect(texts == Array(repeating: "one two", count: 8))
  }

  @Test func usageThatNobodyCanHaveUsed() async throws {
    func answer(_ usage: String) -> [Step] {
      Self.answer(Self.delta("one", finish: #""stop""#) + Self.event(#"{"choices":[],"usage":\#(usage)}"#) + Self.done)
    }
    let most = "9223372036854775807"
    let scripts = [
      answer(#"{"prompt_tokens":\#(most),"completion_tokens":\#(most),"total_tokens":\#(most)}"#),
      answer(#"{"prompt_tokens":-5,"completion_tokens":-7}"#), answer(#"{"prompt_tokens":1e300}"#),
      answer(#"{"prompt_tokens":"3"}"#), answer("[]"), answer("7"),
    ]
    try await RawServer.with(scripts) { server in
      for script in scripts.indices {
        let usage = try await server.client(script).complete(request).usage
        #expect((0...1_000_000_000).contains(usage.inputTokens), "script \(script)")
        #expect((0...1_000_000_000).contains(usage.outputTokens), "script \(script)")
      }
    }
    let gemini =
      #"{"candidates":[{"content":{"parts":[{"text":"one"}]},"finishReason":"STOP"}],"usageMetadata":"#
      + #"{"promptTokenCount":\#(most),"toolUsePromptTokenCount":\#(most),"candidatesTokenCount":\#(most),"#
      + #""thoughtsTokenCount":\#(most)}}"#
    #expect(try await texts([Self.answer(Self.event(gemini))], .gemini) == ["one"])
    let claude = [
      #"{"type":"message_start","message":{"model":"m","usage":{"input_tokens":\#(most),"#
        + #""cache_read_input_tokens":\#(most),"cache_creation_input_tokens":\#(most)}}}"#,
      #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"one"}}"#,
      #"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":\#(most)}}"#,
      #"{"type":"message_stop"}"#,
    ]
    #expect(try await self.texts([Self.answer(claude.map(Self.event).joined())], .anthropic) == ["one"])
  }

  @Test func callsOfToolsInEveryCut() async throws {
    func calls(_ pieces: String...) -> [Step] {
      Self.answer(
        pieces.map { Self.event(#"{"choices":[{"index":0,"delta":{"tool_calls":[\#($0)]}}]}"#) }.joined()
          + Self.delta("", finish: #""tool_calls""#) + Self.done)
    }
    let scripts = [
      calls(
        #"{"index":0,"id":"a","type":"function","function":{"name":"find","arguments":""}}"#,
        #"{"index":0,"function":{"arguments":"{\"a\""}}"#, #"{"index":0,"function":{"arguments":":1}"}}"#),
      // The name in every piece, the id as well.
      calls(
        #"{"index":0,"id":"a","function":{"name":"find","arguments":"{\"a\""}}"#,
        #"{"index":0,"id":"a","function":{"name":"find","arguments":":1}"}}"#),
      // No index; arguments that are null before they come.
      calls(
        #"{"id":"a","function":{"name":"find","arguments":null}}"#, #"{"function":{"arguments":"{\"a\":1}"}}"#),
      calls(#"{"index":0,"id":"a","function":{"name":"find","arguments":{"a":1}}}"#),
    ]
    var request = request
    request.tools = [ChatTool(name: "find", description: "", parameters: ["type": "object"])]
    try await RawServer.with(scripts) { server in
      for script in scripts.indices {
        let answer = try await server.client(script).complete(request)
        #expect(answer.toolCalls == [ToolCall(id: "a", name: "find", arguments: ["a": 1])], "script \(script)")
        #expect(answer.finishReason == .toolCalls)
      }
    }
  }

  @Test func errorsUnderAGoodStatus() async throws {
    let failures = try await failures([
      Self.answer(Self.delta("one") + Self.event(#"{"error":{"message":"slow down","code":429}}"#)),
      Self.answer(Self.event(#"{"error":{"message":"slow down","code":"rate_limit_exceeded"}}"#)),
      Self.answer(Self.event(#"{"error":"it broke"}"#)),
      Self.answer("event: error\n" + Self.event(#"{"message":"slow down","code":"429"}"#)),
      Self.length(#"{"error":{"message":"You exceeded your current quota","code":"insufficient_quota"}}"#),
      Self.length(#"{"error":{"message":"it broke","code":1302}}"#),
      Self.length("{}"), Self.length("[]"), Self.length(#"{"choices":[]}"#), Self.length(#"{"choices":"#),
    ])
    #expect(
      failures.map(\.code) == [
        .throttled, .throttled, .unavailable, .throttled, .quota, .unavailable, .protocolViolation, .protocolViolation,
        .protocolViolation, .protocolViolation,
      ])
    #expect(failures.allSatisfy { $0.mayHaveBeenPaid })
    let anthropic = try await self.failures(
      [Self.length(#"{"type":"error","error":{"type":"overloaded_error","message":"busy"}}"#)], .anthropic)
    #expect(anthropic.map(\.code) == [.unavailable])
    let responses = try await self.failures(
      [Self.length(#"{"error":{"message":"no","code":"429"}}"#)], .openAIResponses)
    #expect(responses.map(\.code) == [.throttled])
  }

  /// What is no answer says what it is, and is none.
  @Test func noAnswerAtAll() async throws {
    let page = "<html><body>Sign in to the network</body></html>"
    let failures = try await failures([
      [.send("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: \(page.utf8.count)\r\n\r\n" + page)],
      [.send("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")], [.send("HTTP/1.1 204 No Content\r\n\r\n")],
      [.send("HTTP/1.1 307 Temporary Redirect\r\nlocation: https://elsewhere.example/v1\r\ncontent-length: 0\r\n\r\n")],
      [.send("220 mail.example ESMTP\r\n")], [.close], [.reset],
      [.send(Self.head + "zz\r\n")], [.send(Self.head + Self.chunk(Self.delta("one"))), .close],
      [.send("HTTP/1.1 429 Slow\r\nretry-after: 1e300\r\ncontent-length: 0\r\n\r\n")],
      [.send("HTTP/1.1 503 No\r\nretry-after: inf\r\nretry-after-ms: nan\r\ncontent-length: 0\r\n\r\n")],
    ])
    #expect(
      failures.map(\.code) == [
        .protocolViolation, .protocolViolation, .protocolViolation, .unknownModel, .unreachable, .unreachable,
        .unreachable, .unreachable, .partialAnswer, .throttled, .unavailable,
      ])
    #expect(failures[0].detail.contains("text/html"))
    #expect(failures[3].detail.contains("https://elsewhere.example/v1"))
    #expect(failures[9].retryAfter == .seconds(3_600))
  }

  /// A head without end is not collected; an answer of a megabyte in one line is.
  @Test func noBoundOfTheirOwn() async throws {
    let failures = try await failures([
      [.send("HTTP/1.1 200 OK\r\n"), .flood("x-filler: \(String(repeating: "x", count: 1_000))\r\n", times: 5_000)],
      [.flood("HTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n", times: 100_000)],
    ])
    #expect(failures.map(\.code) == [.unreachable, .unreachable])
    let long = String(repeating: "mill ", count: 1 << 18)
    let texts = try await texts([Self.answer(Self.delta(long) + Self.delta("", finish: #""stop""#) + Self.done)])
    #expect(texts == [long])
  }

  /// Not asked for, but a proxy between may do it: the same text, and never a part of it.
  @Test func compressedAllTheSame() async throws {
    // `one two` in a stream as of ``whole``, by gzip.
    let gzip = try Self.gzip(Self.whole)
    let head = Self.head.replacing("\r\n\r\n", with: "\r\ncontent-encoding: gzip\r\n\r\n")
    func chunked(_ bytes: [UInt8]) -> [UInt8] {
      Array("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + Array("\r\n".utf8)
    }
    let texts = try await texts([
      [.send(head), .bytes(chunked(gzip)), .send(Self.end)],
      [.send(head), .bytes(gzip.flatMap { chunked([$0]) }), .send(Self.end)],
    ])
    #expect(texts == ["one two", "one two"])
    let failures = try await failures([
      [.send(head), .bytes(chunked(Array(gzip.prefix(20)))), .send(Self.end)],
      [.send(head + Self.chunk("no gzip at all") + Self.end)],
    ])
    #expect(failures.allSatisfy { $0.failureClass == .transient })
  }

  private static func gzip(_ text: String) throws -> [UInt8] {
    // Stored, not deflated: a block of the text as it is, and its checksum.
    let bytes = Array(text.utf8)
    precondition(bytes.count < 65_536)
    func little(_ value: UInt32, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    let length = UInt32(bytes.count)
    var crc: UInt32 = ~0
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? (crc >> 1) ^ 0xEDB8_8320 : crc >> 1 }
    }
    return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1] + little(length, 2) + little(~length, 2) + bytes + little(~crc, 4)
      + little(length, 4)
  }

  /// The time for the first token goes on while a server only says that it lives; and a queue before the first token may
  /// be longer than a pause between two.
  @Test func signsOfLifeAreNoTokens() async throws {
    let sign = Self.chunk(": working\n\n")
    let never = try await failures([
      [.send(Self.head)] + (0..<200).flatMap { _ in [Step.send(sign), .wait(milliseconds: 50)] }
    ]) {
      $0.calls.firstTokenTimeout = .milliseconds(600)
      $0.calls.betweenTokensTimeout = .milliseconds(300)
    }
    #expect(never.map(\.code) == [.timeout])
    #expect(never[0].detail.contains("no first token"))
    let stopped = try await failures([[.send(Self.head + Self.chunk(Self.delta("one"))), .wait(milliseconds: 10_000)]])
    {
      $0.calls.firstTokenTimeout = .seconds(30)
      $0.calls.betweenTokensTimeout = .milliseconds(300)
    }
    #expect(stopped.map(\.code) == [.timeout])
    #expect(stopped[0].detail.contains("stopped coming"))

    let scripts: [[Step]] = [
      [.send(Self.head), .wait(milliseconds: 900), .send(Self.chunk(Self.whole) + Self.end)]
    ]
    try await RawServer.with(scripts) { server in
      let client = try server.client {
        $0.calls.firstTokenTimeout = .seconds(30)
        $0.calls.betweenTokensTimeout = .milliseconds(300)
      }
      #expect(try await client.complete(request).text == "one two")
    }
  }

  /// A kept connection that the server closes meanwhile: the next call takes a new one, or says that it may have arrived.
  @Test func aConnectionThatDiedWhileItWasIdle() async throws {
    let scripts: [[Step]] = [Self.answer(Self.whole) + [.closeLater(milliseconds: 20)]]
    try await RawServer.with(scripts) { server in
      let client = try server.client { $0.calls.maximumAttempts = 1 }
      for pause in [0, 100, 100, 20, 20, 20, 20, 20] {
        do {
          #expect(try await client.complete(request).text == "one two")
        } catch let error as LLMError {
          #expect(error.code == .unreachable || error.code == .partialAnswer)
          #expect(error.mayHaveBeenPaid)
        }
        try await Task.sleep(for: .milliseconds(pause))
      }
    }
  }

  /// A slow listener holds the server back, and hears all of it.
  @Test func aSlowListenerHearsAll() async throws {
    let piece = String(repeating: "x", count: 1_000)
    let scripts: [[Step]] = [
      [.send(Self.head), .flood(Self.chunk(Self.delta(piece)), times: 2_000)]
        + [.send(Self.chunk(Self.delta("", finish: #""stop""#) + Self.done) + Self.end)]
    ]
    try await RawServer.with(scripts) { server in
      let heard = Mutex<(bytes: Int, most: Int)>((0, 0))
      let response = try await server.client().stream(request) { text in
        heard.withLock { $0 = ($0.bytes + text.utf8.count, max($0.most, text.utf8.count)) }
        try await Task.sleep(for: .milliseconds(5))
      }
      #expect(response.text.utf8.count == 2_000_000)
      #expect(heard.withLock { $0.bytes } == 2_000_000)
      #expect(heard.withLock { $0.most } < AnswerReader.highWater + 64 * 1_024)
    }
  }
}
