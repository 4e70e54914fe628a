import HeadraceCore
import Testing

@testable import HeadraceStreams

@Suite("When the next commit begins")
struct CommitPaceTests {
  let start = MonotonicTime.now

  @Test func theFirstMayBeginAtOnce() {
    #expect(CommitPace(interval: .milliseconds(100), now: start).due == start)
  }

  @Test func aQuickCommitIsFollowedSoonAndTakesAThirdOfTheTime() {
    var pace = CommitPace(interval: .milliseconds(100), now: start)
    pace.note(began: start, ended: start + .milliseconds(2), records: 8)
    #expect(pace.due == start + .milliseconds(6))
  }

  @Test func whoCarriesLittlePausesLittle() {
    var pace = CommitPace(interval: .milliseconds(100), now: start)
    pace.note(began: start, ended: start + .milliseconds(4), records: 0)
    #expect(pace.due == start + .milliseconds(4))
    pace.note(began: start, ended: start + .milliseconds(4), records: 1)
    #expect(pace.due == start + .milliseconds(5))
    pace.note(began: start, ended: start + .milliseconds(4), records: 4)
    #expect(pace.due == start + .milliseconds(8))
    pace.note(began: start, ended: start + .milliseconds(4), records: 1_000)
    #expect(pace.due == start + .milliseconds(12))
  }

  @Test func nothingWaitsLongerThanTheInterval() {
    var pace = CommitPace(interval: .milliseconds(100), now: start)
    pace.note(began: start, ended: start + .milliseconds(40), records: 8)
    #expect(pace.due == start + .milliseconds(100))
    pace.note(began: start, ended: start + .seconds(3), records: 8)
    #expect(pace.due < start + .seconds(3))
  }

  @Test func aFailedOneIsNotHurriedAfter() {
    var pace = CommitPace(interval: .milliseconds(100), now: start)
    pace.note(began: start, ended: start + .milliseconds(1), records: nil)
    #expect(pace.due == start + .milliseconds(100))
  }
}
