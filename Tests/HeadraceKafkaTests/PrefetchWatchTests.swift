import HeadraceCore
import Testing

@testable import HeadraceKafka

@Suite struct PrefetchWatchTests {
  private func watch(_ change: (inout KafkaConfiguration) -> Void = { _ in }) -> PrefetchWatch {
    var configuration = KafkaConfiguration(bootstrapServers: "h:1")
    configuration.consumer.queuedBytes = 1_000_000
    change(&configuration)
    return PrefetchWatch(configuration)
  }

  @Test(.enabled(if: !LibraryVersion.isAtLeast(2, 2, 0)))
  func wakesOnceWhenAFullQueueHasRoomAgain() {
    var watch = watch()
    var woken: [Int] = []
    // 1,000 bytes a record: 1,000 fill the queue.
    for queued in [100, 850, 950, 900, 800, 700, 600, 100, 960, 500, 400] {
      if watch.shouldWake(before: queued + 10, queued: queued, taken: 10, bytes: 10_000) { woken.append(queued) }
    }
    #expect(woken == [700, 500])
  }

  /// Records of paused partitions fill the queue, and leave it unseen.
  @Test(.enabled(if: !LibraryVersion.isAtLeast(2, 2, 0)))
  func wakesWhenAFullQueueTurnsOutToBeOutOfDate() {
    var watch = watch()
    let wakes = [
      watch.shouldWake(before: 300, queued: 200, taken: 100, bytes: 100_000),
      watch.shouldWake(before: 1_200, queued: 0, taken: 0, bytes: 0),
      watch.shouldWake(before: 1_200, queued: 100, taken: 100, bytes: 100_000),
    ]
    #expect(wakes == [false, true, true])
  }

  /// A queue full of large records looks nearly empty to who has seen small ones last.
  @Test(.enabled(if: !LibraryVersion.isAtLeast(2, 2, 0)))
  func wakesWhenTheQueueRanDryAfterMuch() {
    var watch = watch()
    let wakes = [
      watch.shouldWake(before: 14, queued: 10, taken: 4, bytes: 40),
      watch.shouldWake(before: 10, queued: 7, taken: 3, bytes: 240_000),
      watch.shouldWake(before: 7, queued: 0, taken: 7, bytes: 60_000),
      watch.shouldWake(before: 7, queued: 0, taken: 7, bytes: 70),
    ]
    #expect(wakes == [false, false, true, false])
  }

  @Test(.enabled(if: !LibraryVersion.isAtLeast(2, 2, 0)))
  func staysAwayFromCredentialsThatAreSetByHand() {
    var byHand = watch { $0.extra["sasl.username"] = "ada" }
    let wakes = [2_000, 0].map { byHand.shouldWake(before: $0 + 10, queued: $0, taken: 10, bytes: 10_000) }
    #expect(wakes == [false, false])
  }
}
