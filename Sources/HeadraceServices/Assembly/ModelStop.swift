import HeadraceCore
import HeadraceLLM

/// The first to hear of a graceful shutdown: documents that only wait for a model that is away, or for their turn, go back
/// at once, so that the time of the shutdown is left to the calls that are paid for.
struct ModelStop: Service {
  let llm: LLMClient

  func run() async throws {
    try await gracefulShutdown()
    llm.stopWaiting()
  }
}
