import Foundation
import HeadraceCore
import HeadraceKafka
import Testing

@testable import HeadraceStreams

/// Worker processes on a log, the model that they call, and the checks that follow a run.
struct Workshop: Sendable {
  let log: TestLog
  let options: WorkerOptions
  let partitions: Int
  /// Holds the bill and what the workers print; removed in the end.
  let folder: String

  /// Lends a workshop with topics of its own.
  static func withWorkshop(
    _ log: TestLog, partitions: Int = 4, seed: UInt64 = 1, _ behaviour: BillingModel.Behaviour = .quick,
    _ configure: (inout WorkerOptions) -> Void = { _ in }, _ body: @Sendable (Workshop) async throws -> Void
  ) async throws {
    let folder = FileManager.default.temporaryDirectory.path + "/\(log.prefix)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer {
      if ProcessInfo.processInfo.environment["HEADRACE_TEST_VERBOSE"] == nil {
        try? FileManager.default.removeItem(atPath: folder)
      }
    }
    let input = try await log.makeTopic("in", partitions: partitions)
    let output = try await log.makeTopic("out", partitions: partitions)
    var options = WorkerOptions(
      bootstrapServers: log.bootstrapServers, name: log.name("worker"), input: input, output: output,
      bill: "\(folder)/bill")
    configure(&options)
    let base = options
    try await BillingModel.withModel(bill: base.bill, behaviour, seed: seed) { address in
      var options = base
      options.model = address
      try await body(Workshop(log: log, options: options, partitions: partitions, folder: folder))
    }
  }

  /// Starts a worker; with a number it has a name at the broker and its output is kept.
  func worker(_ number: Int? = nil) throws -> WorkerProcess {
    guard let number else { return try WorkerProcess(options) }
    var options = options
    options.clientID = "worker-\(number)"
    return try WorkerProcess(options, log: "\(folder)/worker-\(number).log")
  }

  /// Copies what the workers printed to where it outlives the test.
  func keep() -> String {
    let kept = folder + ".kept"
    try? FileManager.default.copyItem(atPath: folder, toPath: kept)
    return kept
  }

  func account() throws -> Bill.Account { try Bill.account(of: options.bill) }

  /// Calls that have been billed so far.
  var paidSoFar: Int { (try? account().total) ?? 0 }

  /// Waits until so many more calls have been billed.
  func waitForCalls(_ count: Int) async throws {
    let before = paidSoFar
    try await log.wait("work goes on") { paidSoFar >= before + count }
  }

  func waitUntilAcknowledged(for limit: Duration = .seconds(120)) async throws {
    try await log.wait("all acknowledged", for: limit) {
      try await log.isAcknowledged(options.name, options.input)
    }
  }

  /// Nothing lost, nothing doubled, every key in order; `isMissing` are the values that end as dead letters.
  func checkOutputs(of values: [(key: String, value: String)], isMissing: (String) -> Bool = { _ in false })
    async throws
  {
    let problems = try await Self.problems(
      outputs: log.read(options.output), letters: (try? log.read(options.input + ".dlq")) ?? [], values: values,
      isMissing: isMissing)
    #expect(problems.isEmpty, "\(problems.prefix(20).joined(separator: "; "))")
  }

  /// What is wrong with what a run wrote.
  static func problems(
    outputs: [OwnedRecord], letters: [OwnedRecord], values: [(key: String, value: String)], isMissing: (String) -> Bool
  ) -> [String] {
    var problems: [String] = []
    var seen: Set<String> = []
    var last: [[UInt8]: Int64] = [:]
    var texts: [String: Int] = [:]
    for output in outputs {
      let source = String(decoding: output.headers.first { $0.name == "source" }!.value!, as: UTF8.self)
      if !seen.insert(source).inserted { problems.append("doubled: \(source)") }
      let offset = Int64(source.split(separator: "/").last!)!
      if let before = last[output.key!], offset <= before { problems.append("out of order: \(source)") }
      last[output.key!] = offset
      texts[String(decoding: output.value!, as: UTF8.self), default: 0] += 1
    }
    var dead: [String: Int] = [:]
    for letter in letters { dead[String(decoding: letter.value ?? [], as: UTF8.self), default: 0] += 1 }
    for (text, count) in Dictionary(grouping: values, by: \.value).mapValues(\.count) {
      let (written, lettered) = (texts.removeValue(forKey: text.uppercased()) ?? 0, dead.removeValue(forKey: text) ?? 0)
      let (expected, expectedDead) = isMissing(text) ? (0, count) : (count, 0)
      if written < expected { problems.append("lost: \(text)") }
      if written > expected { problems.append("too many: \(text)") }
      if lettered != expectedDead { problems.append("\(lettered) dead letters, not \(expectedDead): \(text)") }
    }
    for text in texts.keys { problems.append("from nowhere: \(text)") }
    for text in dead.keys { problems.append("a dead letter from nowhere: \(text)") }
    return problems
  }
}

extension BillingModel.Behaviour {
  /// Short calls, a provider on a slightly bad day.
  static let quick = BillingModel.Behaviour(shortest: .milliseconds(10), longest: .milliseconds(150))
  /// Every call succeeds.
  static let faultless = BillingModel.Behaviour(
    shortest: .milliseconds(10), longest: .milliseconds(150), throttledPercent: 0, brokenPercent: 0)
}
