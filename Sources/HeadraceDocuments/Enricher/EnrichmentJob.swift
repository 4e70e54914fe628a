internal import FoundationEssentials
internal import HeadraceCore
internal import HeadraceExtraction
internal import HeadraceLLM
internal import HeadraceStreams
internal import Synchronization

/// The work on one document: extract, chunk, ask, describe.
final class EnrichmentJob: Sendable {
  let upload: DocumentUploaded

  private let configuration: EnricherConfiguration
  private let model: any ChatModel
  private let usage: any UsageSink
  private let blobs: any BlobStore
  private let extractor: Extractor
  private let context: ProcessorContext
  private let state: Mutex<State>

  private struct State {
    var facts: ExtractionFacts?
    var provenance: Provenance
  }

  init(
    upload: DocumentUploaded, configuration: EnricherConfiguration, model: any ChatModel, usage: any UsageSink,
    blobs: any BlobStore, extractor: Extractor, context: ProcessorContext
  ) {
    self.upload = upload
    self.configuration = configuration
    self.model = model
    self.usage = usage
    self.blobs = blobs
    self.extractor = extractor
    self.context = context
    state = Mutex(State(provenance: EnrichmentJob.provenance(configuration, context)))
  }

  /// What is known when the work stops half-way.
  var soFar: (facts: ExtractionFacts?, provenance: Provenance) { state.withLock { ($0.facts, $0.provenance) } }

  func run() async throws -> DocumentEnriched {
    report(.extract, 0, of: 1)
    let document = try await extract()
    let textReference = document.textIsContent ? nil : try await blobs.put(Array(document.text.utf8)).reference
    report(.extract, 1, of: 1)
    let plan = EnrichmentPlan(document: document, configuration: configuration)
    let facts = ExtractionFacts(document, textReference: textReference, leftOut: plan.leftOut)
    state.withLock { $0.facts = facts }
    report(.chunk, plan.passages.count, of: plan.passages.count)
    let description = try await describe(plan, title: document.title)
    report(.write, 0, of: 1)
    return DocumentEnriched(
      documentID: upload.documentID, name: upload.name, contentType: document.type.mediaType, size: upload.size,
      sha256: upload.sha256, title: description.title, summary: description.summary, language: document.language,
      languages: document.languages.count > 1
        ? document.languages.map { .init(language: $0.language, percent: $0.percent) } : nil,
      category: description.category, topics: description.topics, keywords: description.keywords, extraction: facts,
      provenance: state.withLock { $0.provenance })
  }

  // MARK: Text

  private func extract() async throws -> ExtractedDocument {
    try await Self.extract(upload, blobs: blobs, extractor: extractor)
  }

  /// The document's text.
  static func extract(
    _ upload: DocumentUploaded, blobs: any BlobStore, extractor: Extractor
  ) async throws -> ExtractedDocument {
    if let text = upload.text {
      return try await extractor.extract(
        bytes: Array(text.utf8), name: upload.name, declaredType: upload.contentType, charset: upload.charset,
        language: upload.language)
    }
    guard let reference = upload.dataref.flatMap(BlobReference.init) else {
      throw EnrichmentFailure(
        reason: "no_content", title: "The upload has no content.", detail: "It has neither text nor a valid dataref.")
    }
    let blob: LocalBlob
    do { blob = try await blobs.file(of: reference) } catch let error as BlobError where error.code == .notFound {
      throw EnrichmentFailure(
        reason: "content_missing", title: "The content is no longer there.",
        detail: "The blob store has no \(reference).")
    }
    let document = try await extractor.extract(
      file: blob.path, name: upload.name, declaredType: upload.contentType, charset: upload.charset,
      language: upload.language)
    // The file lives until here.
    withExtendedLifetime(blob) {}
    return document
  }

  // MARK: The model

  private func describe(_ plan: EnrichmentPlan, title: String?) async throws -> DocumentDescription {
    let total = plan.calls
    report(.model, 0, of: total)
    var text = plan.passages.first ?? ""
    if plan.passages.count > 1 {
      var summaries: [String] = []
      for (index, passage) in plan.passages.enumerated() {
        // One call of a document at a time: what a crash can cost is one call a slot.
        let answer = try await ask(.passage, about: passage)
        summaries.append(DocumentDescription.tidied(answer["summary"]?.string ?? ""))
        report(.model, index + 1, of: total)
      }
      text = summaries.filter { !$0.isEmpty }.joined(separator: "\n\n")
    }
    let answer = try await ask(.metadata, about: text)
    report(.model, total, of: total)
    return DocumentDescription(answer: answer, fallbackTitle: title ?? upload.name)
  }

  private func ask(_ prompt: DocumentPrompt, about text: String) async throws -> JSONValue {
    var request = Self.request(
      prompt, about: text, upload: upload, configuration: configuration, processor: context.processor,
      version: context.version)
    request.source = context.coordinate
    request.runID = context.runID
    // The most that earlier attempts of the record can have made, perhaps in another process: no two attempts of a call
    // bear the same number in the bill.
    request.priorAttempts = (context.attempt - 1) * CallPolicy().maximumAttempts
    request.priority = .background
    request.timeout = context.timeLeft
    let response = try await model.complete(request, journal: context, usage: usage)
    state.withLock { $0.provenance.add(response) }
    guard let answer = response.structured ?? (try? JSONValue(parsing: response.text)) else {
      throw LLMError(.invalidAnswer, "The answer is no JSON.", provider: response.provider, model: response.model)
    }
    return answer
  }

  /// The request as it is asked, and known to the journal.
  static func request(
    _ prompt: DocumentPrompt, about text: String, upload: DocumentUploaded, configuration: EnricherConfiguration,
    processor: String, version: String
  ) -> ChatRequest {
    var request = ChatRequest(messages: [
      .system(prompt.system), .user(prompt.message(name: upload.name, text: text)),
    ])
    request.format = .json(name: prompt.schemaName, schema: prompt.schema)
    request.maximumOutputTokens = prompt.maximumOutputTokens
    request.temperature = 0
    request.seed = 7
    request.route = configuration.route
    request.model = configuration.model
    request.tenant = upload.tenant
    request.processor = processor
    request.processorVersion = version
    request.prompt = PromptReference(id: prompt.id, version: prompt.version, template: prompt.wholeTemplate)
    return request
  }

  // MARK: Helpers

  private func report(_ stage: DocumentProgress.Stage, _ done: Int, of total: Int) {
    let data = DocumentProgressed(
      documentID: upload.documentID, progress: DocumentProgress(stage: stage, done: done, total: total))
    guard let json = try? data.json() else { return }
    let event = CloudEvent(
      id: "\(context.coordinate)/\(stage.rawValue)/\(done)", source: context.eventSource,
      type: DocumentProgressed.eventType, subject: upload.documentID.description, time: .now,
      dataContentType: "application/json", dataSchema: DocumentProgressed.schemaPath,
      extensions: ["partitionkey": upload.documentID.description, "tenant": upload.tenant], data: json)
    context.emitProgress(
      Output(
        topic: PlatformTopics.progress, partition: context.coordinate.partition, key: upload.documentID.key,
        value: json, headers: event.kafkaHeaders))
  }

  static func provenance(_ configuration: EnricherConfiguration, _ context: ProcessorContext) -> Provenance {
    Provenance(
      source: context.coordinate, processor: context.processor, version: context.version,
      promptID: DocumentPrompt.metadata.id, promptVersion: DocumentPrompt.metadata.version,
      route: configuration.route ?? "default", attempts: context.attempt, runID: context.runID)
  }
}

extension Provenance {
  /// Counts an answer in.
  fileprivate mutating func add(_ response: ChatResponse) {
    calls += 1
    if response.isFromJournal { journalHits += 1 }
    (provider, model, route, priceTable) = (response.provider, response.model, response.route, response.priceTable)
    inputTokens += response.usage.inputTokens
    outputTokens += response.usage.outputTokens
    milliseconds += response.milliseconds
    if let paid = response.usage.cost {
      cost = Money(nanos: cost.nanos + paid.nanos, currency: paid.currency)
    }
  }
}

extension ExtractionFacts {
  fileprivate init(_ document: ExtractedDocument, textReference: BlobReference?, leftOut: String?) {
    self.init(
      rule: document.rule.rawValue, declaredType: document.declaredType ?? "", nameType: document.nameType ?? "",
      encoding: document.encoding, pages: document.pages, characters: document.characters, author: document.author,
      created: document.created, textRef: textReference?.description, leftOut: leftOut,
      milliseconds: Int(document.milliseconds.rounded()))
  }
}
