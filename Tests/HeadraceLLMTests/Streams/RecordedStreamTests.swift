import FoundationEssentials
import HeadraceCore
import HeadraceHTTP
import HeadraceTelemetry
import HeadraceTesting
import Testing

@testable import HeadraceLLM

/// Streams as servers send them, split and cut at every place.
@Suite(.timeLimit(.minutes(30)), .serialized)
struct RecordedStreamTests {
  /// Streams to record from each protocol of the mock server. Few in the suite; `ops/soak/llm-streams` asks for 250 of each.
  static let count = ProcessInfo.processInfo.environment["HEADRACE_TEST_STREAMS"].flatMap(Int.init) ?? 2
  static let isSoak = ProcessInfo.processInfo.environment["HEADRACE_TEST_STREAMS"] != nil

  /// What a decoder makes of events: the answer, and whether it takes it for whole.
  private func decode(
    _ events: some Sequence<StreamedEvent>, _ dialect: any ChatDialect
  ) throws -> (answer: RawAnswer, isWhole: Bool) {
    var decoder = dialect.decoder()
    for event in events where !decoder.isComplete { _ = try decoder.consume(event) }
    return (decoder.answer, decoder.isComplete)
  }

  private func isSame(_ left: RawAnswer, _ right: RawAnswer) -> Bool {
    left.text == right.text && left.finish == right.finish && left.tokens == right.tokens
      && left.toolCalls.map(\.arguments) == right.toolCalls.map(\.arguments)
      && left.toolCalls.map(\.name) == right.toolCalls.map(\.name)
  }

  /// Split at every place a stream has the same events, cut at every place a part of them; and of every part of its events
  /// the answer is the same or not whole.
  @discardableResult
  private func check(_ bytes: [UInt8], _ name: ProviderConfiguration.Dialect) throws -> RawAnswer {
    let dialect = Dialects.dialect(name)
    var parser = ServerSentEventParser()
    let events = try parser.consume(bytes)
    let whole = try decode(events, dialect)
    #expect(whole.isWhole)
    // By single bytes up to each place, and the rest in one piece.
    var byByte = ServerSentEventParser()
    var before: [StreamedEvent] = []
    for place in bytes.indices {
      var rest = byByte
      let split = before + (try rest.consume(Array(bytes[place...])))
      if split != events { Issue.record("\(name.rawValue), split at \(place) of \(bytes.count): other events") }
      before += try byByte.consume([bytes[place]])
      if !events.starts(with: before) { Issue.record("\(name.rawValue), cut at \(place): other events") }
    }
    #expect(before == events)
    for count in 0..<events.count {
      let cut = try decode(events.prefix(count), dialect)
      if cut.isWhole, !isSame(cut.answer, whole.answer) {
        Issue.record("\(name.rawValue), cut after \(count) events and taken for whole")
      }
      if !whole.answer.text.hasPrefix(cut.answer.text) { Issue.record("\(name.rawValue), \(count) events: other text") }
    }
    return whole.answer
  }

  @Test func samplesOfEveryProtocol() throws {
    for sample in SampleStreams.all {
      let answer = try check(sample.bytes, sample.dialect)
      #expect(answer.text == SampleStreams.text)
      #expect(answer.toolCalls.map(\.arguments) == [#"{"a":1}"#])
      #expect(answer.finish == .toolCalls)
      #expect(answer.tokens == TokenCount(input: 3, output: 2))
    }
  }

  @Test(.enabled(if: LLMock.python != nil, LLMock.absence), arguments: LLMockTests.cases)
  func streamsOfAServerThatNobodyHereWrote(of one: LLMockTests.Case) async throws {
    try await LLMock.with { mock in
      let llm = try mock.client(one.dialect, model: one.model)
      let target = try #require(llm.targetsByName[one.model])
      var generator = SeededGenerator(seed: 5)
      let words = ["Grüße", "世界", "😀", "water", "\"quoted\"", "\\", "\n", "mill", "{}", "data: x", "é̂"]
      for number in 0..<Self.count {
        let text = (0..<Int.random(in: 1...6, using: &generator)).map { _ in words.randomElement(using: &generator)! }
          .joined(separator: " ")
        let calls: JSONValue = number % 3 == 0 ? [["name": "t", "arguments": ["a": .string(text)]]] : []
        try await mock.script(["type": "reply", "text": .string(text), "tool_calls": calls])
        var request = ChatRequest(messages: [.user("\(number)")])
        request.tools = [ChatTool(name: "t", description: "t", parameters: ["type": "object"])]
        let wire = target.dialect.exchange(
          DialectCall(
            request: request, messages: request.messages, target: target.configuration, provider: target.provider,
            maximumOutputTokens: 100))
        let response = try await llm.http.execute(
          .init(method: "POST", url: wire.url, headers: wire.headers, body: .bytes(wire.body.bytes)))
        #expect(response.status == 200)
        try check(response.body, one.dialect)
      }
    }
  }

  /// Through the whole client: a server cuts its answer after every byte, in each way that a body can end.
  @Test(.enabled(if: LLMock.python != nil, LLMock.absence), arguments: ["chunked", "length", "close"])
  func anAnswerCutOnTheWireIsNeverWhole(framing: String) async throws {
    for sample in SampleStreams.all {
      try await CuttingServer.with(sample.bytes, framing) { server in
        let whole = try await ask(server, sample, server.bytes)
        #expect(whole?.text == SampleStreams.text && whole?.toolCalls.count == 1)
        let step = Self.isSoak ? 1 : 7
        for place in stride(from: 0, to: server.bytes, by: step) {
          if let answer = try await ask(server, sample, place),
            answer.text != whole?.text
              || answer.toolCalls != whole?.toolCalls || answer.usage != whole?.usage
          {
            Issue.record("\(sample.dialect.rawValue), \(framing), cut at \(place): taken for whole: \(answer)")
          }
        }
      }
    }
  }

  private func ask(_ server: CuttingServer, _ sample: SampleStreams.Sample, _ bytes: Int) async throws -> ChatResponse?
  {
    var configuration = LLMConfiguration()
    configuration.providers = [
      ProviderConfiguration(name: "p", dialect: sample.dialect, baseURL: "http://127.0.0.1:\(server.port)/\(bytes)")
    ]
    configuration.targets = [TargetConfiguration(provider: "p", model: sample.model)]
    configuration.calls.maximumAttempts = 1
    configuration.cacheBytes = 0
    let llm = try LLMClient(configuration: configuration, http: server.http, metrics: .init())
    var request = ChatRequest(messages: [.user("x")])
    request.tools = [ChatTool(name: "t", description: "t", parameters: ["type": "object"])]
    do { return try await llm.complete(request) } catch let error as LLMError {
      #expect(error.failureClass == .transient, "\(error)")
      return nil
    }
  }
}
