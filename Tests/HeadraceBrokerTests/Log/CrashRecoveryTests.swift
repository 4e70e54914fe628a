import FoundationEssentials
import Testing

@testable import HeadraceBroker

@Suite("Crash and recovery of the log", .timeLimit(.minutes(5)))
struct CrashRecoveryTests {
  static let seeds: Range<UInt64> = {
    let environment = ProcessInfo.processInfo.environment
    let first = environment["HEADRACE_TEST_SEED"].flatMap { UInt64($0) } ?? 0
    let count = environment["HEADRACE_TEST_SEEDS"].flatMap { UInt64($0) } ?? 40
    return first..<(first + count)
  }()

  @Test(arguments: seeds)
  func G01_nothingAcknowledgedIsLostInAPowerCutAtAnyCallOfTheDisk(seed: UInt64) throws {
    try run(seed: seed, durability: .fsync, crash: .power)
  }

  @Test(arguments: seeds)
  func G01_nothingAcknowledgedIsLostByKillWithoutSync(seed: UInt64) throws {
    try run(seed: seed, durability: .os, crash: .process)
  }

  private func run(seed: UInt64, durability: LogStore.Durability, crash: SimulatedDisk.Crash) throws {
    var random = SeededGenerator(seed: seed ^ 0xabc)
    let model = try CrashModel(seed: seed, durability: durability)
    for _ in 0..<4 {
      let start = model.disk.calls
      model.disk.set {
        $0.crashAtCall = start + Int.random(in: 1...400, using: &random)
        $0.shortWrites = true
      }
      model.work(Int.random(in: 10...250, using: &random))
      if Int.random(in: 0..<5, using: &random) == 0, !model.disk.hasCrashed {
        model.disk.set { $0.crashAtCall = .max }
        try model.stopCleanly()
      } else {
        try model.crash(crash)
      }
    }
    model.disk.set { $0.crashAtCall = .max }
    try model.close()
  }
}
