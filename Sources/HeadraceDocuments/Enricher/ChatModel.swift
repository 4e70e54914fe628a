package import HeadraceCore
package import HeadraceLLM

/// Someone who answers requests: the client of models, or a stand-in for tests.
package protocol ChatModel: Sendable {
  func complete(_ request: ChatRequest, journal: some CallJournal, usage: some UsageSink) async throws -> ChatResponse
}

extension LLMClient: ChatModel {}
