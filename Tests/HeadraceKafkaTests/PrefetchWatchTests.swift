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
      if watch.shouldWake(queued: queued, taken: 10, bytes: 10_000) { woken.append(queued) }
    }
    #expect(woken == [700, 500])
  }

  @Test(.enabled(if: !LibraryVersion.isAtLeast(2, 2, 0)))
  func staysAwayFromCredentialsThatAreSetByHand() {
    var byHand = watch { $0.extra["sasl.username"] = "ada" }
    let wakes = [2_000, 0].map { byHand.shouldWake(queued: $0, taken: 10, bytes: 10_000) }
    #expect(wakes == [false, false])
  }
}
