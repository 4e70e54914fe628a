public import HeadraceCore

/// Texts to turn into vectors. One request is one call: split long lists by the provider's limits (2,048 texts for
/// OpenAI).
public struct EmbeddingRequest: Sendable {
  /// The texts, none empty.
  public var texts: [String]
  /// The target, by its name or its model's.
  public var model: String
  /// Length of the vectors, where the model lets one choose.
  public var dimensions: Int?
  /// Whose data it is.
  public var tenant: String
  /// The processor that asks.
  public var processor: String?
  /// The record that the call is made for; not part of the fingerprint.
  public var source: RecordCoordinate?
  /// Attempts that failed before in another process.
  public var priorAttempts: Int
  /// Who goes first when permits are short.
  public var priority: CallPriority
  /// Time for everything. Default 2 minutes.
  public var timeout: Duration

  /// Makes a request.
  public init(texts: [String], model: String) {
    self.texts = texts
    self.model = model
    tenant = "default"
    priorAttempts = 0
    priority = .normal
    timeout = .seconds(120)
  }

  /// What makes two requests the same: tenant, processor, model, dimensions and texts.
  public var fingerprint: CallFingerprint {
    var parts: [(name: String, value: String)] = [
      ("format", "headrace.llm.embedding.1"), ("tenant", tenant), ("model", model),
    ]
    if let processor { parts.append(("processor", processor)) }
    if let dimensions { parts.append(("dimensions", "\(dimensions)")) }
    for text in texts { parts.append(("text", text)) }
    return CallFingerprint(parts: parts)
  }
}
