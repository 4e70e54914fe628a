import HeadraceCore
import HeadraceDocuments
import HeadraceLLM
import HeadraceStreams

/// The enricher with what `/readyz` says of it.
struct EnricherService: Service {
  let enricher: DocumentEnricher
  let replayTarget: EnricherReplayTarget
  let llm: LLMClient
  let spend: SpendLog

  func run() async throws { try await enricher.run() }

  /// Ready means: it can take up documents. A model that is away is no reason to take the process out of service.
  var isReady: Bool { true }

  var detail: String {
    llm.isConfigured ? enricher.status().state.rawValue : "no model is configured: documents wait"
  }
}
