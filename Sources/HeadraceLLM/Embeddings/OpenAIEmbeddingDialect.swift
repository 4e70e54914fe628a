internal import HeadraceCore
internal import HeadraceHTTP

/// OpenAI's, and every compatible server's.
struct OpenAIEmbeddingDialect: EmbeddingDialect {
  func exchange(
    _ request: EmbeddingRequest, _ target: TargetConfiguration, _ provider: ProviderConfiguration
  ) -> DialectExchange {
    var body: JSONValue = [
      "model": .string(target.model), "input": .array(request.texts.map { .string($0) }), "encoding_format": "float",
    ]
    body["dimensions"] = request.dimensions.map { .int(Int64($0)) }
    var headers: HTTPClient.Headers = ["content-type": "application/json"]
    if let key = provider.apiKey { headers.add("authorization", "Bearer \(key.value)") }
    return DialectExchange(url: provider.baseURL + "/embeddings", headers: headers, body: body)
  }

  func answer(_ body: JSONValue, texts: Int) throws(LLMError) -> EmbeddingAnswer {
    let data = body["data"]?.array ?? []
    try Self.count(data.count, texts)
    var vectors = [[Float]](repeating: [], count: texts)
    for (place, item) in data.enumerated() {
      let index = item["index"]?.int.map { Int($0) } ?? place
      guard vectors.indices.contains(index) else {
        throw LLMError(.protocolViolation, "a vector has the index \(index) of \(texts)", mayHaveBeenPaid: true)
      }
      vectors[index] = try Self.vector(item["embedding"])
    }
    guard !vectors.contains([]) else {
      throw LLMError(.protocolViolation, "two vectors have one index", mayHaveBeenPaid: true)
    }
    return EmbeddingAnswer(
      vectors: vectors, inputTokens: TokenCount.count(body["usage"]?["prompt_tokens"]),
      model: body["model"]?.string)
  }

  func failure(status: Int, body: [UInt8]) -> LLMError { OpenAIFailure.error(status: status, body: body) }
}
