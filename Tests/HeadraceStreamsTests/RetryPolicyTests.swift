import HeadraceCore
import Testing

@testable import HeadraceStreams

@Suite struct RetryPolicyTests {
  private func failure(_ failureClass: FailureClass, attempts: Int, retryAfter: Duration? = nil) -> ProcessingFailure {
    ProcessingFailure(
      failureClass: failureClass, reason: "r", message: "", errorType: "", attempts: attempts, retryAfter: retryAfter)
  }

  @Test func G07_attemptsAreBoundedForEveryClassThatCounts() {
    let policy = RetryPolicy(maximumAttempts: 3, firstDelay: .seconds(1), longestDelay: .seconds(10))
    for failureClass in [FailureClass.transient, .bug] {
      #expect(policy.decision(for: failure(failureClass, attempts: 1), tries: 1, unit: 1) == .retry(after: .seconds(1)))
      #expect(policy.decision(for: failure(failureClass, attempts: 2), tries: 2, unit: 1) == .retry(after: .seconds(2)))
      #expect(policy.decision(for: failure(failureClass, attempts: 3), tries: 3, unit: 1) == .giveUp)
    }
    #expect(policy.decision(for: failure(.content, attempts: 1), tries: 1, unit: 1) == .giveUp)
  }

  @Test func whatSaysNothingAboutTheRecordWaitsAndCountsForNothing() {
    let policy = RetryPolicy(pauseDelay: .seconds(30))
    for failureClass in [FailureClass.quota, .configuration] {
      #expect(
        policy.decision(for: failure(failureClass, attempts: 99), tries: 99, unit: 1) == .pause(after: .seconds(30)))
    }
    let told = failure(.throttled, attempts: 99, retryAfter: .seconds(7))
    #expect(policy.decision(for: told, tries: 99, unit: 0) == .pause(after: .seconds(7)))
  }

  @Test func delaysGrowToTheirBoundWithJitterAndNeverVanish() {
    let policy = RetryPolicy(maximumAttempts: .max, firstDelay: .milliseconds(100), longestDelay: .seconds(5))
    for tries in 1...2_000 {
      guard case .retry(let delay) = policy.decision(for: failure(.transient, attempts: 1), tries: tries, unit: 0)
      else {
        Issue.record("no retry at \(tries)")
        return
      }
      #expect(delay >= .milliseconds(10) && delay <= .seconds(5))
    }
  }
}
