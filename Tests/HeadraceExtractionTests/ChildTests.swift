import Glibc
import HeadraceExtraction
import Testing

@Suite("Children that misbehave", .timeLimit(.minutes(2)), .serialized)
struct ChildTests {
  private let helper: FakeHelper

  init() throws { helper = try FakeHelper() }

  private func extractor(
    _ sandbox: SandboxPolicy = .off, children: Int = 2, cpuSeconds: Int = 1,
    _ change: (inout ExtractorConfiguration) -> Void = { _ in }
  ) -> Extractor {
    var configuration = ExtractorConfiguration()
    configuration.executable = helper.path
    configuration.sandbox = sandbox
    configuration.children = children
    configuration.limits.cpuSeconds = cpuSeconds
    change(&configuration)
    return Extractor(configuration: configuration)
  }

  @Test("Each way to die has its word, with and without a sandbox", arguments: [SandboxPolicy.off, .automatic])
  func verdicts(_ sandbox: SandboxPolicy) async {
    let extractor = extractor(sandbox) { $0.limits.maximumOutputBytes = 100_000 }
    for (word, reason) in [
      ("crash", "crashed"), ("memory", "memory"), ("nonsense", "crashed"), ("silent", "crashed"),
      ("flood", "too_large"),
      ("spin", "timeout"), ("sleep", "timeout"),
    ] {
      let failure = await failure(word, extractor)
      #expect(failure?.reason == reason, "\(word): \(failure.map(String.init(describing:)) ?? "no failure")")
      #expect(failure?.isFinal == true)
    }
  }

  @Test("Once more, alone, where that can help; a timeout that was alone is not repeated")
  func attempts() async {
    let extractor = extractor()
    for word in ["crash", "memory", "silent", "spin", "fine"] { _ = await failure(word, extractor) }
    let counts = Dictionary(helper.attempts.map { ($0, 1) }, uniquingKeysWith: +)
    let expected = ["crash": 2, "memory": 2, "silent": 2, "spin": 1, "fine": 1]
    #expect(counts == Dictionary(uniqueKeysWithValues: expected.map { ("{\\rtf1 \($0)", $1) }))
  }

  @Test("A cancelled document takes its child along at once", arguments: [SandboxPolicy.off, .automatic])
  func cancellation(_ sandbox: SandboxPolicy) async throws {
    let extractor = extractor(sandbox, cpuSeconds: 60)
    let started = ContinuousClock.now
    let task = Task { try await extractor.extract(bytes: FakeHelper.document("sleep")) }
    // At any moment of its start: sometimes before its own sleep runs, sometimes after.
    while Processes.running(helper.path).isEmpty || extractor.pool.load.running == 0 { await Task.yield() }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(started.duration(to: .now) < .seconds(50))
    try await nothingRuns()
  }

  @Test("Whoever waits for a place is cancelled there")
  func cancelledInTheQueue() async throws {
    let extractor = extractor(children: 1, cpuSeconds: 60)
    let first = Task { try await extractor.extract(bytes: FakeHelper.document("sleep")) }
    while extractor.pool.load.running == 0 { await Task.yield() }
    let second = Task { try await extractor.extract(bytes: FakeHelper.document("fine")) }
    while extractor.pool.load.waiting == 0 { await Task.yield() }
    second.cancel()
    await #expect(throws: CancellationError.self) { try await second.value }
    first.cancel()
    await #expect(throws: CancellationError.self) { try await first.value }
    #expect(helper.attempts.allSatisfy { !$0.contains("fine") })
  }

  @Test("What a child started ends with it", arguments: [SandboxPolicy.off, .automatic])
  func orphans(_ sandbox: SandboxPolicy) async throws {
    let document = try await extractor(sandbox).extract(bytes: FakeHelper.document("orphan"))
    #expect(document.text == "abc")
    try await nothingRuns()
  }

  @Test("Its environment is empty but for the locale")
  func environment() async throws {
    setenv("HEADRACE_TEST_SECRET", "x", 1)
    let document = try await extractor().extract(bytes: FakeHelper.document("environment"))
    #expect(document.text.trimmed(of: " ") == "LC_ALL=C.UTF-8")
  }

  @Test("Never more at once than configured, and nothing is left in temporary folders")
  func boundAndLeftovers() async throws {
    let extractor = extractor(children: 2, cpuSeconds: 20)
    let most = await withTaskGroup(of: Int.self) { group in
      for number in 0..<24 {
        group.addTask {
          _ = try? await extractor.extract(bytes: FakeHelper.document(number % 6 == 0 ? "crash" : "fine"))
          return extractor.pool.load.running
        }
      }
      return await group.reduce(0) { max($0, $1) }
    }
    #expect(most <= 2)
    #expect(extractor.pool.load.running == 0)
    // Other tests make such folders too, and remove them.
    let left = folders()
    let deadline = ContinuousClock.now + .seconds(30)
    while !left.isDisjoint(with: folders()), ContinuousClock.now < deadline {
      try await Task.sleep(for: .milliseconds(20))
    }
    #expect(left.isDisjoint(with: folders()))
  }

  private func failure(_ word: String, _ extractor: Extractor) async -> ExtractionFailure? {
    do {
      _ = try await extractor.extract(bytes: FakeHelper.document(word))
      return nil
    } catch {
      return error as? ExtractionFailure
    }
  }

  private func nothingRuns() async throws {
    let deadline = ContinuousClock.now + .seconds(20)
    while ContinuousClock.now < deadline {
      if Processes.running(helper.path).isEmpty, Processes.running("sleep \(helper.seconds)").isEmpty { return }
      try await Task.sleep(for: .milliseconds(20))
    }
    Issue.record("a child still runs")
  }

  private func folders() -> Set<String> {
    guard let folder = opendir("/tmp") else { return [] }
    defer { closedir(folder) }
    var found: Set<String> = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name.hasPrefix("headrace-extract-") { found.insert(name) }
    }
    return found
  }
}
