import Foundation
import HeadraceKafka
import Testing

@testable import HeadraceStreams

/// Faults at random, judged by a verifier over the wire.
@Suite(.serialized, .timeLimit(.minutes(30)))
struct FaultTests {
  private static let environment = ProcessInfo.processInfo.environment
  static let isSoak = environment["HEADRACE_SOAK"] != nil

  /// A seed of one's own by `HEADRACE_TEST_SEED`.
  static var seed: UInt64 {
    environment["HEADRACE_TEST_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 1...999_999)
  }

  /// A short run: every suite.
  @Test(arguments: LogChoice.all)
  func G01_G02_G03_G04_G10_aHandfulOfFaults(choice: LogChoice) async throws {
    var plan = FaultRun.Plan(seed: Self.seed)
    plan.faults = 6
    plan.slots = 20
    plan.keys = 60
    plan.recordsAtStart = 200
    plan.pause = 300...2_000
    plan.longPause = 7_000...8_000
    plan.freeze = 500...8_000
    plan.behaviour.longest = .milliseconds(800)
    try await run(plan, choice)
  }

  @Test(.enabled(if: isSoak, "HEADRACE_SOAK is not set"), arguments: LogChoice.all)
  func G01_G02_G03_G04_G10_fiftyFaults(choice: LogChoice) async throws {
    try await run(FaultRun.Plan(seed: Self.seed), choice)
  }

  private func run(_ plan: FaultRun.Plan, _ choice: LogChoice) async throws {
    try await choice.withLog { log in
      try await Workshop.withWorkshop(log, seed: plan.seed, plan.behaviour) {
        $0.slots = plan.slots
      } _: { workshop in
        let run = FaultRun(plan, in: workshop)
        let report: FaultRun.Report
        do {
          report = try await run.run()
        } catch {
          Issue.record("seed \(plan.seed): \(error)\n\(run.journal.joined(separator: "\n"))")
          throw error
        }
        print("faults on \(choice.testDescription): \(report)")
        if Self.isSoak { print(run.journal.joined(separator: "\n")) }
        var wrong: [String] = report.problems
        if report.failedStops > 0 { wrong.append("\(report.failedStops) graceful stops failed") }
        if report.paidAfterFinish > 0 { wrong.append("\(report.paidAfterFinish) finished calls were paid again") }
        if report.paidAgain > report.slots * report.crashes { wrong.append("\(report.paidAgain) calls paid again") }
        for stall in report.stalls where stall.length - stall.machineLag > plan.stallBound {
          wrong.append("a partition stood still for \(stall)")
        }
        if !wrong.isEmpty {
          let kept = workshop.keep()
          Issue.record(
            """
            \(report)
            \(wrong.prefix(30).joined(separator: "\n"))
            what happened (the workers' output is in \(kept)):
            \(run.journal.joined(separator: "\n"))
            """)
        }
      }
    }
  }
}
