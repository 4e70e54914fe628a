import Foundation
import HeadraceCore
import HeadraceHTTP
import HeadraceTelemetry
import HeadraceTesting
import Testing

@testable import HeadraceLLM

/// The mock server `llmock` from PyPI: written by others, so that what we believe of the protocols has a judge.
struct LLMock: Sendable {
  /// `HEADRACE_TEST_PYTHON`, or the virtual environment at the root of the project, when it has llmock.
  static let python: String? = {
    let root = #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }
    let python = ProcessInfo.processInfo.environment["HEADRACE_TEST_PYTHON"] ?? root + "/.venv/bin/python"
    let folder = python.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }
    return FileManager.default.isExecutableFile(atPath: folder + "/llmock") ? python : nil
  }()

  static let absence: Comment = "llmock is not installed: ops/setup --tests"

  /// Its address, without path.
  let url: String
  private let http = HTTPClient()

  /// One for the whole run, forgetting what came before. It ends with its standard input, that is with this process.
  ///
  /// Suites take it in turns: what is scripted for one must not be heard by another.
  static func with(_ body: (LLMock) async throws -> Void) async throws {
    let mock = try await shared.value
    await turns.take()
    do {
      try await mock.reset()
      try await body(mock)
    } catch {
      await turns.give()
      throw error
    }
    await turns.give()
  }

  private static let turns = Turns()

  private static let shared = Task { try await start() }

  private static func start() async throws -> LLMock {
    let process = try TestProgram(
      try #require(python),
      [
        "-c",
        """
        import sys
        from llmock.testing import LLMockServer
        with LLMockServer() as server:
            print(server.url, flush=True)
            sys.stdin.read()
        """,
      ])
    // It lives as long as this process, which holds the other end of its input.
    _ = Unmanaged.passRetained(process)
    let url = try await process.firstLine()
    try #require(url.hasPrefix("http"), "llmock did not start")
    return LLMock(url: url)
  }

  func script(_ behaviours: JSONValue...) async throws {
    let body: JSONValue = ["behaviors": .array(behaviours)]
    let response = try await http.execute(
      .init(
        method: "POST", url: url + "/_llmock/scenario", headers: ["content-type": "application/json"],
        body: .bytes(body.bytes)))
    try #require(response.status < 300, "\(String(decoding: response.body, as: UTF8.self))")
  }

  func get(_ path: String) async throws -> JSONValue {
    try JSONValue(parsing: try await http.execute(.init(url: url + path)).body)
  }

  func reset() async throws {
    _ = try await http.execute(.init(method: "POST", url: url + "/_llmock/reset"))
  }

  func client(
    _ dialect: ProviderConfiguration.Dialect, model: String, _ change: (inout LLMConfiguration) -> Void = { _ in }
  ) throws -> LLMClient {
    let path =
      switch dialect {
      case .openAIChat, .openAIResponses: "/v1"
      case .anthropic: "/anthropic"
      case .gemini: "/gemini"
      }
    var configuration = LLMConfiguration()
    configuration.providers = [
      ProviderConfiguration(name: "mock", dialect: dialect, baseURL: url + path, apiKey: Secret("key"))
    ]
    configuration.targets = [TargetConfiguration(provider: "mock", model: model)]
    configuration.calls.backoff = BackoffPolicy(initial: .milliseconds(10), maximum: .milliseconds(50))
    configuration.calls.retryReserve = 100
    change(&configuration)
    return try LLMClient(configuration: configuration, metrics: MetricsRegistry())
  }
}
