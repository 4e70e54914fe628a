import FoundationEssentials
import Glibc
import HeadraceCore
import HeadraceTelemetry
import Testing

@testable import HeadraceLLM

enum Bench {
  static let environment = ProcessInfo.processInfo.environment
  static let address = environment["HEADRACE_BENCH"]
  static func number(_ name: String, _ usual: Int) -> Int { environment[name].flatMap { Int($0) } ?? usual }
}

/// Figures, not tests: run by `ops/bench/llm`.
@Suite(.enabled(if: Bench.address != nil, "run by ops/bench/llm"), .serialized)
struct LLMBenchmark {
  private func client(_ path: String) throws -> LLMClient {
    var configuration = LLMConfiguration(environment: [
      "HEADRACE_LLM_BASE_URL": (Bench.address ?? "") + path, "HEADRACE_LLM_MODEL": "m",
      "HEADRACE_LLM_CONCURRENCY": "4096",
    ])
    configuration.cacheBytes = 0
    return try LLMClient(configuration: configuration, metrics: MetricsRegistry())
  }

  private func processor() -> Double {
    var usage = rusage()
    getrusage(__rusage_who_t(0), &usage)
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
    return seconds(usage.ru_utime) + seconds(usage.ru_stime)
  }

  private func residentMegabytes() -> Double {
    guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return 0 }
    let pages = Double(text.split(separator: " ")[1]) ?? 0
    return pages * 4_096 / 1e6
  }

  private func say(_ text: String) { print("bench: \(text)") }

  private func show(_ times: [Duration]) -> String {
    let sorted = times.sorted()
    func at(_ part: Double) -> String {
      let duration = sorted[min(sorted.count - 1, Int(Double(sorted.count) * part))]
      return "\((duration.seconds * 1e6).rounded() / 1e3) ms"
    }
    return "p50 \(at(0.5)), p99 \(at(0.99))"
  }

  @Test func decisions() throws {
    let llm = try LLMClient(
      configuration: LLMConfiguration(environment: [
        "OPENAI_API_KEY": "a", "ANTHROPIC_API_KEY": "b", "GEMINI_API_KEY": "c",
      ]),
      metrics: MetricsRegistry())
    let text = String(repeating: "The mill wheel turned slowly in the cold water of the headrace. ", count: 20)
    let request = ChatRequest(messages: [
      .system("You are helpful."), .user("Summarize the following article: " + text),
    ])
    var times: [Duration] = []
    for _ in 0..<20_000 {
      let start = ContinuousClock.now
      _ = try llm.explain(request)
      times.append(ContinuousClock.now - start)
    }
    say("router, three providers, prompt of 1.3 KB: \(show(times))")
  }

  @Test func manyStreamsAtOnce() async throws {
    let count = Bench.number("HEADRACE_BENCH_CONCURRENT", 1_000)
    let llm = try client("/v1")
    _ = try await client("/now/v1").complete(ChatRequest(messages: [.user("warm up")]))
    let before = residentMegabytes()
    for round in 1...3 {
      let start = ContinuousClock.now
      let used = processor()
      try await withThrowingTaskGroup(of: Int.self) { group in
        for index in 0..<count {
          group.addTask { try await llm.complete(ChatRequest(messages: [.user("call \(index)")])).usage.outputTokens }
        }
        var tokens = 0
        for try await one in group { tokens += one }
        #expect(tokens == 20 * count)
      }
      let wall = (ContinuousClock.now - start).seconds
      let each = (processor() - used) / Double(count) * 1e6
      say(
        "\(count) streams of 1 s and 20 tokens, round \(round): wall \((wall * 1e3).rounded() / 1e3) s, CPU \(each.rounded()) µs a call, memory +\((residentMegabytes() - before).rounded()) MB"
      )
    }
  }

  @Test func oneAfterTheOther() async throws {
    let count = Bench.number("HEADRACE_BENCH_SEQUENTIAL", 3_000)
    let llm = try client("/now/v1")
    var times: [Duration] = []
    for index in 0..<count + 100 {
      var request = ChatRequest(messages: [.user("hello")])
      request.sample = index
      let start = ContinuousClock.now
      _ = try await llm.complete(request)
      if index >= 100 { times.append(ContinuousClock.now - start) }
    }
    say("LLMClient, \(count) calls one after the other: \(show(times))")
  }
}
