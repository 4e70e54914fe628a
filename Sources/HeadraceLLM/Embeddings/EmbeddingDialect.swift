internal import HeadraceCore
internal import HeadraceHTTP

/// How a provider's protocol says texts and vectors. Pure: no I/O.
protocol EmbeddingDialect: Sendable {
  /// The request on the wire.
  func exchange(
    _ request: EmbeddingRequest, _ target: TargetConfiguration, _ provider: ProviderConfiguration
  ) -> DialectExchange

  /// The vectors in the order of the texts, the tokens where the provider counts them, and the model's name where it
  /// gives one.
  func answer(_ body: JSONValue, texts: Int) throws(LLMError) -> EmbeddingAnswer

  /// An answer with an error status.
  func failure(status: Int, body: [UInt8]) -> LLMError
}

/// Vectors as the provider gave them.
struct EmbeddingAnswer: Sendable {
  var vectors: [[Float]]
  var inputTokens: Int?
  var model: String?
}

extension EmbeddingDialect {
  static func vector(_ numbers: JSONValue?) throws(LLMError) -> [Float] {
    guard let numbers = numbers?.array, !numbers.isEmpty else {
      throw LLMError(.protocolViolation, "a vector is missing", mayHaveBeenPaid: true)
    }
    return numbers.map { Float($0.double ?? 0) }
  }

  static func count(_ found: Int?, _ texts: Int) throws(LLMError) {
    guard found == texts else {
      throw LLMError(.protocolViolation, "the answer has not one vector for each text", mayHaveBeenPaid: true)
    }
  }
}
