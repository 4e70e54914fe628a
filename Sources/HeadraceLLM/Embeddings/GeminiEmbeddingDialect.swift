internal import HeadraceCore
internal import HeadraceHTTP

/// Gemini's: the texts of a request in one batch. It counts no tokens.
struct GeminiEmbeddingDialect: EmbeddingDialect {
  func exchange(
    _ request: EmbeddingRequest, _ target: TargetConfiguration, _ provider: ProviderConfiguration
  ) -> DialectExchange {
    let body: JSONValue = [
      "requests": .array(
        request.texts.map { text in
          var one: JSONValue = [
            "model": .string("models/\(target.model)"), "content": ["parts": [["text": .string(text)]]],
          ]
          one["outputDimensionality"] = request.dimensions.map { .int(Int64($0)) }
          return one
        })
    ]
    var headers: HTTPClient.Headers = ["content-type": "application/json"]
    if let key = provider.apiKey { headers.add("x-goog-api-key", key.value) }
    return DialectExchange(
      url: "\(provider.baseURL)/v1beta/models/\(target.model):batchEmbedContents", headers: headers, body: body)
  }

  func answer(_ body: JSONValue, texts: Int) throws(LLMError) -> EmbeddingAnswer {
    let embeddings = body["embeddings"]?.array ?? []
    try Self.count(embeddings.count, texts)
    var vectors: [[Float]] = []
    for one in embeddings { vectors.append(try Self.vector(one["values"])) }
    return EmbeddingAnswer(
      vectors: vectors, inputTokens: TokenCount.count(body["usageMetadata"]?["promptTokenCount"]))
  }

  func failure(status: Int, body: [UInt8]) -> LLMError {
    GeminiDialect.error(status: status, try? JSONValue(parsing: body), body)
  }
}
