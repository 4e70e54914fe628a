import Testing

/// The judge of stalls is judged first.
@Suite struct StallMeterTests {
  private let quiet = StallMeter.Group(isStable: true, blocked: [], hasGhosts: false)

  private func meter() -> StallMeter {
    var meter = StallMeter(partitions: 2, threshold: .seconds(5))
    meter.looked(quiet, at: .zero)
    return meter
  }

  @Test func aPartitionWithWorkThatBringsNothingStandsStill() {
    var meter = meter()
    meter.produced(0, at: .seconds(1))
    meter.produced(0, at: .seconds(2))
    meter.seen(0, at: .seconds(4))
    meter.looked(quiet, at: .seconds(10))
    #expect(meter.stalls.map(\.length) == [.seconds(6)])
    #expect(meter.longest?.partition == 0)
    meter.looked(quiet, at: .seconds(11))
    #expect(meter.stalls.map(\.length) == [.seconds(7)], "one stall, growing")
    meter.seen(0, at: .seconds(12))
    #expect(meter.stalls.map(\.length) == [.seconds(8)])
  }

  @Test func withoutWorkNothingStandsStill() {
    var meter = meter()
    meter.looked(quiet, at: .seconds(100))
    meter.produced(1, at: .seconds(100))
    meter.looked(quiet, at: .seconds(103))
    #expect(meter.stalls.isEmpty)
    #expect(meter.longest?.length == .seconds(3))
    meter.seen(1, at: .seconds(104))
    meter.looked(quiet, at: .seconds(200))
    #expect(meter.stalls.isEmpty)
  }

  @Test func theClockBeginsWhenTheDeadOwnerHasLeft() {
    var meter = meter()
    meter.produced(0, at: .seconds(1))
    meter.produced(1, at: .seconds(1))
    // The owner of 0 is dead, and still a member; 1 is another's.
    for second in 2...8 {
      meter.looked(.init(isStable: true, blocked: [0], hasGhosts: true), at: .seconds(second))
    }
    #expect(meter.stalls.map(\.partition) == [1])
    // A rebalance waits for the dead one: nobody can work.
    meter.looked(.init(isStable: false, blocked: [], hasGhosts: true), at: .seconds(9))
    meter.looked(quiet, at: .seconds(13))
    #expect(meter.stalls.count == 1)
    meter.looked(quiet, at: .seconds(15))
    #expect(meter.stalls.count == 3, "from 9 on both stand still")
  }

  @Test func whatElseHappenedMeanwhileIsTold() {
    var meter = meter()
    meter.produced(0, at: .zero)
    meter.produced(1, at: .zero)
    meter.looked(.init(isStable: false, blocked: [], hasGhosts: false), at: .seconds(1))
    meter.seen(1, at: .seconds(2))
    meter.looked(quiet, at: .seconds(3))
    meter.looked(quiet, at: .seconds(6))
    #expect(meter.stalls.map(\.partition) == [0])
    #expect(meter.stalls.first?.rebalancing == .seconds(2))
    #expect(meter.stalls.first?.othersSeen == 1)
  }

  @Test func theMachinesOwnDelayIsTold() {
    var meter = meter()
    meter.produced(0, at: .zero)
    meter.late(by: .seconds(2), at: .seconds(3))
    meter.looked(quiet, at: .seconds(6))
    #expect(meter.stalls.first?.machineLag == .seconds(2))
  }
}
