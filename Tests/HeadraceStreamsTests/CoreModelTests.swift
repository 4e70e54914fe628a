import HeadraceCore
import Testing

@testable import HeadraceStreams

/// The decisions of several members over random schedules: crashes, rebalances, zombies, aborted and unknown commits,
/// late results, clock jumps, poison.
@Suite(.timeLimit(.minutes(5)))
struct CoreModelTests {
  static let schedules = 10_000

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
}
