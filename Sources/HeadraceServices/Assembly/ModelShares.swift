import HeadraceCore
import HeadraceDocuments
import HeadraceKafka
import HeadraceLLM
import HeadraceStreams
import HeadraceTelemetry

/// Limits and budgets are those of all replicas together: each keeps to as much of them as partitions it owns.
struct ModelShares: Service {
  let llm: LLMClient
  let enricher: DocumentEnricher
  let kafka: KafkaConfiguration
  private let logger = Logger(label: "headrace.platform")

  init(llm: LLMClient, enricher: DocumentEnricher, kafka: KafkaConfiguration) {
    self.llm = llm
    self.enricher = enricher
    self.kafka = kafka
  }

  private var isNeeded: Bool {
    !llm.configuration.budgets.isEmpty
      || llm.configuration.targets.contains {
        $0.limits.requestsPerMinute != nil || $0.limits.tokensPerMinute != nil
      }
  }

  func run() async throws {
    guard isNeeded else { return try await gracefulShutdown() }
    try await cancelOnGracefulShutdown { [self] in
      do { try await follow() } catch is CancellationError {}
    }
  }

  private func follow() async throws {
    var known: Int?
    while true {
      let owned = enricher.status().partitions.count
      if owned != known, let all = try? await partitions(), all > 0 {
        known = owned
        // Who owns nothing has nothing to ask; a replay that it runs all the same has a partition's share.
        let share = Double(min(max(owned, 1), all)) / Double(all)
        llm.setShare(share)
        logger.info("share of the limits and budgets of models", ["partitions": "\(owned) of \(all)"])
      }
      try await Task.sleep(for: .milliseconds(250))
    }
  }

  private func partitions() async throws -> Int {
    let admin = try KafkaAdmin(configuration: kafka)
    do {
      let count = try await admin.describeTopics([PlatformTopics.uploads]).reduce(0) { $0 + $1.partitions.count }
      await admin.close()
      return count
    } catch {
      await admin.close()
      throw error
    }
  }
}
