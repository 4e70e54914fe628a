internal import FoundationEssentials
public import HeadraceCore
public import HeadraceExtraction
public import HeadraceLLM
public import HeadraceStreams

/// The enricher as something that can be replayed: with another model, over a chosen stretch of the uploads.
public struct EnricherReplayTarget: ReplayTarget {
  /// What a request's parameters may name.
  private static let parameters = ["prompt", "model", "route"]

  /// The live processor's configuration.
  public let configuration: ProcessorConfiguration
  /// The topics that it writes.
  public let outputTopics = [PlatformTopics.metadata]

  private let enricher: EnricherConfiguration
  private let llm: LLMClient
  private let usage: any UsageSink
  private let blobs: any BlobStore
  private let extractor: Extractor

  /// A target for the same settings as the live enricher's.
  public init(
    configuration: EnricherConfiguration, llm: LLMClient, usage: any UsageSink, blobs: any BlobStore,
    extractor: Extractor
  ) {
    self.configuration = DocumentEnricher.processorConfiguration(configuration)
    enricher = configuration
    self.llm = llm
    self.usage = usage
    self.blobs = blobs
    self.extractor = extractor
  }

  /// The enricher with what the request's parameters change: `model`, `route`, `prompt` (a version).
  public func processor(for request: ReplayRequest) throws -> any Processor {
    EnrichmentProcessor(
      configuration: try changed(by: request), model: llm, usage: usage, blobs: blobs, extractor: extractor)
  }

  /// The calls of a document: of its parts exactly; of the summary over them, whose text depends on the answers, an
  /// estimate that counts as not yet paid.
  public func plannedCalls(for record: RawRecord, request: ReplayRequest) async throws -> [PlannedCall] {
    let changed = try changed(by: request)
    let processor = EnrichmentProcessor(
      configuration: changed, model: llm, usage: usage, blobs: blobs, extractor: extractor)
    guard processor.accepts(record), let upload = try? processor.decode(record),
      let document = try? await EnrichmentJob.extract(upload, blobs: blobs, extractor: extractor)
    else { return [] }
    let plan = EnrichmentPlan(document: document, configuration: changed)
    func call(_ prompt: DocumentPrompt, _ text: String) -> PlannedCall {
      let request = EnrichmentJob.request(
        prompt, about: text, upload: upload, configuration: changed, processor: configuration.name,
        version: configuration.version)
      let tokens = request.messages.reduce(0) { $0 + llm.estimateTokens($1.text) }
      let most = request.maximumOutputTokens ?? prompt.maximumOutputTokens
      let cost = llm.estimatedCost(of: request, inputTokens: tokens, outputTokens: most / 8...most)
      return PlannedCall(
        fingerprint: llm.fingerprint(of: request), inputTokens: tokens, outputTokens: most / 8...most,
        cost: cost.least.nanos...max(cost.least.nanos, cost.most.nanos), currency: cost.least.currency)
    }
    if plan.passages.count <= 1 { return [call(.metadata, plan.passages.first ?? "")] }
    let parts = plan.passages.map { call(.passage, $0) }
    // The summaries are some 60 words each.
    return parts + [call(.metadata, String(repeating: "summary ", count: 60 * parts.count))]
  }

  private func changed(by request: ReplayRequest) throws -> EnricherConfiguration {
    for name in request.parameters.keys.sorted() where !Self.parameters.contains(name) {
      throw ProcessorError(
        .replay, "the enricher knows no parameter \(name); it knows \(Self.parameters.joined(separator: ", "))")
    }
    if let version = request.parameters["prompt"], version != DocumentPrompt.metadata.version {
      throw ProcessorError(.replay, "this version has the prompt \(DocumentPrompt.metadata.version), not \(version)")
    }
    var changed = enricher
    if let model = request.parameters["model"] { changed.model = model }
    if let route = request.parameters["route"] { changed.route = route }
    return changed
  }
}
