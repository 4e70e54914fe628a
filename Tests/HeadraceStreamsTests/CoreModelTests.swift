import FoundationEssentials
import HeadraceCore
import Testing

@testable import HeadraceStreams

/// The decisions of several members over random schedules: crashes, rebalances, zombies, aborted and unknown commits,
/// late results, clock jumps, poison.
@Suite(.timeLimit(.minutes(5)))
struct CoreModelTests {
  /// Schedules a run: 10,000 by default, any number by `HEADRACE_STREAMS_SCHEDULES`.
  static let schedules =
    ProcessInfo.processInfo.environment["HEADRACE_STREAMS_SCHEDULES"].flatMap { Int($0) } ?? 10_000

  @Test(arguments: 0..<20 as Range<UInt64>)
  func G01_G02_G03_G10_randomSchedulesLoseDoubleAndReorderNothing(block: UInt64) throws {
    for index in 0..<UInt64(Self.schedules / 20) {
      let seed = block * 1_000_000 + index
      var simulation = CoreSimulation(seed: seed)
      let problems = simulation.run()
      if !problems.isEmpty {
        Issue.record("seed \(seed): \(problems.joined(separator: "; "))")
        return
      }
    }
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func G04_randomSchedulesPayForNoFinishedCallAgain(block: UInt64) {
    for index in 0..<UInt64(Self.schedules / 40) {
      let seed = block * 1_000_000 + index
      var simulation = CallSimulation(seed: seed)
      let problems = simulation.run()
      if !problems.isEmpty {
        Issue.record("seed \(seed): \(problems.joined(separator: "; "))")
        return
      }
    }
  }
}
