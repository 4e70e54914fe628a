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
    pace.note(began: start, ended: start + .milliseconds(2), isThrough: true)
    #expect(pace.due == start + .milliseconds(6))
  }

  @Test func nothingWaitsLongerThanTheInterval() {
    var pace = CommitPace(interval: .milliseconds(100), now: start)
    pace.note(began: start, ended: start + .milliseconds(40), isThrough: true)
    #expect(pace.due == start + .milliseconds(100))
    pace.note(began: start, ended: start + .seconds(3), isThrough: true)
    #expect(pace.due < start + .seconds(3))
  }

  @Test func aFailedOneIsNotHurriedAfter() {
    var pace = CommitPace(interval: .milliseconds(100), now: start)
    pace.note(began: start, ended: start + .milliseconds(1), isThrough: false)
    #expect(pace.due == start + .milliseconds(100))
  }
}
