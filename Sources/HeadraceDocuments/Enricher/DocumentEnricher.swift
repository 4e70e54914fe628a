public import HeadraceCore
public import HeadraceExtraction
public import HeadraceLLM
public import HeadraceStreams

/// Turns uploads into metadata: a processor on `document.uploads`, as many replicas as one likes.
///
/// Bytes become text, text becomes pieces, pieces are read by a model, and the result is an event in `document.metadata`
/// that becomes visible together with the acknowledgement of its upload. A finished call of the model is never paid for
/// twice. A document that cannot be enriched becomes a failed event and a dead letter; it delays no other document.
public final class DocumentEnricher: Service {
  private let service: ProcessorService

  /// An enricher; nothing happens before ``run()``.
  ///
  /// - Parameters:
  ///   - configuration: How it works.
  ///   - llm: Whom it asks.
  ///   - usage: Where every call is written to before its answer is used.
  ///   - blobs: Where the gateway keeps content, and where extracted texts go.
  ///   - extractor: What makes text of bytes.
  public convenience init(
    configuration: EnricherConfiguration, llm: LLMClient, usage: any UsageSink, blobs: any BlobStore,
    extractor: Extractor
  ) {
    self.init(configuration: configuration, model: llm, usage: usage, blobs: blobs, extractor: extractor)
  }

  package init(
    configuration: EnricherConfiguration, model: any ChatModel, usage: any UsageSink, blobs: any BlobStore,
    extractor: Extractor, adjust: (inout ProcessorConfiguration) -> Void = { _ in }
  ) {
    var processor = Self.processorConfiguration(configuration)
    adjust(&processor)
    service = ProcessorService(
      EnrichmentProcessor(
        configuration: configuration, model: model, usage: usage, blobs: blobs, extractor: extractor),
      configuration: processor, kafka: configuration.kafka)
  }

  static func processorConfiguration(_ configuration: EnricherConfiguration) -> ProcessorConfiguration {
    var processor = ProcessorConfiguration(
      name: PlatformTopics.enricherName, inputTopics: [PlatformTopics.uploads], group: configuration.group)
    processor.slots = configuration.slots
    processor.order = .key
    processor.guarantee = .exactlyOnce
    processor.start = .earliest
    processor.commitInterval = configuration.commitInterval
    processor.retry.maximumAttempts = configuration.maximumAttempts
    processor.handlerDeadline = configuration.documentDeadline
    processor.shutdownBudget = configuration.shutdownBudget
    processor.groupInstanceID = configuration.groupInstanceID
    processor.version = configuration.version
    processor.controlTopic = PlatformTopics.control
    return processor
  }

  /// Works until cancelled or shut down.
  public func run() async throws { try await service.run() }

  /// What it is doing.
  public func status() -> ProcessorStatus { service.status() }

  /// Stops or resumes taking up documents, here.
  public func setPaused(_ isPaused: Bool) { service.setPaused(isPaused) }
}
