import Foundation
import HeadraceCore
import HeadraceKafka
import Testing

@testable import HeadraceStreams

/// Worker processes on a log, with the checks that follow a run.
struct Workshop {
  let log: TestLog
  let options: WorkerOptions
  let partitions: Int

  init(_ log: TestLog, partitions: Int = 4, _ configure: (inout WorkerOptions) -> Void = { _ in }) async throws {
    self.log = log
    self.partitions = partitions
    let input = try await log.makeTopic("in", partitions: partitions)
    let output = try await log.makeTopic("out", partitions: partitions)
    var options = WorkerOptions(
      bootstrapServers: log.bootstrapServers, name: log.name("worker"), input: input, output: output,
      bill: FileManager.default.temporaryDirectory.path + "/\(log.prefix).bill")
    configure(&options)
    self.options = options
  }

  func remove() { try? FileManager.default.removeItem(atPath: options.bill) }

  struct Account {
    var paid: [String: Int] = [:]
    /// Calls paid again although their result had been returned.
    var paidAfterFinish = 0
    var total: Int { paid.values.reduce(0, +) }
  }

  /// Folds the bill.
  func account() throws -> Account {
    var account = Account()
    var finished: Set<Substring> = []
    let text = try String(contentsOfFile: options.bill, encoding: .utf8)
    for line in text.split(separator: "\n") {
      let fingerprint = line.dropFirst(2)
      if line.hasPrefix("F") {
        finished.insert(fingerprint)
      } else {
        account.paid[String(fingerprint), default: 0] += 1
        if finished.contains(fingerprint) { account.paidAfterFinish += 1 }
      }
    }
    return account
  }

  /// Nothing lost, nothing doubled, every key in order.
  func checkOutputs(of values: [(key: String, value: String)], isMissing: Set<String> = []) async throws {
    let outputs = try await log.read(options.output)
    var seen: Set<String> = []
    var last: [[UInt8]: Int64] = [:]
    for output in outputs {
      let source = String(decoding: output.headers.first { $0.name == "source" }!.value!, as: UTF8.self)
      #expect(seen.insert(source).inserted, "doubled: \(source)")
      let offset = Int64(source.split(separator: "/").last!)!
      if let before = last[output.key!] { #expect(offset > before, "out of order: \(source)") }
      last[output.key!] = offset
    }
    #expect(outputs.count == values.count - isMissing.count)
    let texts = Set(outputs.map { String(decoding: $0.value!, as: UTF8.self) })
    for value in values where !isMissing.contains(value.value) {
      #expect(texts.contains(value.value.uppercased()), "lost: \(value.value)")
    }
  }
}
