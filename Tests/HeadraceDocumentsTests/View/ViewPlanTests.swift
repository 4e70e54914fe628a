import HeadraceKafka
import Testing

@testable import HeadraceDocuments

@Suite("View plan")
struct ViewPlanTests {
  private let uploads = TopicPartition(PlatformTopics.uploads, 0)
  private let progress = TopicPartition(PlatformTopics.progress, 0)

  private func decide(
    cluster: String? = "a", _ stored: [TopicPartition: Int64], _ log: [TopicPartition: Watermarks]
  ) -> ViewPlan {
    ViewPlan.decide(
      stored: (cluster, stored.mapValues { ViewStore.Position(start: 0, next: $0) }), clusterID: "a", log: log)
  }

  @Test func aViewThatAgreesGoesOn() {
    let plan = decide(
      [uploads: 10, progress: 5], [uploads: .init(low: 0, high: 10), progress: .init(low: 2, high: 9)])
    #expect(plan == .resume(begun: [:]))
  }

  @Test func newPartitionsAreBegunAndExpiredStepsPassedOver() {
    let second = TopicPartition(PlatformTopics.uploads, 1)
    let plan = decide(
      [uploads: 10, progress: 5],
      [uploads: .init(low: 0, high: 10), second: .init(low: 3, high: 4), progress: .init(low: 7, high: 9)])
    #expect(plan == .resume(begun: [second: .init(start: 3, next: 3), progress: .init(start: 7, next: 7)]))
  }

  @Test func aViewOfAnotherLogIsMadeAnew() {
    func isRebuild(_ plan: ViewPlan) -> Bool { if case .rebuild = plan { true } else { false } }
    #expect(isRebuild(decide(cluster: nil, [:], [uploads: .init(low: 0, high: 0)])))
    #expect(isRebuild(decide(cluster: "b", [uploads: 1], [uploads: .init(low: 0, high: 5)])))
    #expect(isRebuild(decide([uploads: 6], [uploads: .init(low: 0, high: 5)])))
    #expect(isRebuild(decide([uploads: 1], [uploads: .init(low: 2, high: 5)])))
    #expect(isRebuild(decide([uploads: 1, progress: 0], [uploads: .init(low: 0, high: 5)])))
  }
}
