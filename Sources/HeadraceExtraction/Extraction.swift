internal import HeadraceCore

/// One document on its way to text.
struct Extraction: Sendable {
  let extractor: Extractor
  let file: DocumentFile
  let hints: DocumentHints
  let started = ContinuousClock.now

  /// More than this is read on a thread of its own: the shared ones have others to serve.
  static let inlineBytes = 256 << 10

  init(extractor: Extractor, file: DocumentFile, hints: DocumentHints) {
    self.extractor = extractor
    self.file = file
    self.hints = hints
  }

  var limits: ExtractionLimits { extractor.configuration.limits }

  /// The document's text. Throws ``ExtractionFailure`` with what was found by then, or `CancellationError`.
  func run() async throws -> ExtractedDocument {
    try Task.checkCancellation()
    var decision: TypeDecision?
    do {
      let found = try await decideType()
      decision = found
      if let refusal = found.refusal, !canRecognise(found) {
        throw ExtractionFailure(refusal.reason, detail: refusal.detail)
      }
      guard let type = found.type else {
        throw ExtractionFailure(.unsupportedType, detail: "Nobody knows what it is.")
      }
      var reading = try await read(as: type)
      guard reading.hasText else {
        throw ExtractionFailure(.empty, detail: "It was read as \(type.rawValue), and there is no text in it.")
      }
      let document = await finish(&reading, type, found)
      extractor.meters.count(type, outcome: "text", milliseconds: document.milliseconds)
      return document
    } catch var failure as ExtractionFailure {
      failure.findings = findings(decision, failure)
      extractor.meters.count(decision?.type, outcome: failure.reason, milliseconds: elapsed)
      throw failure
    }
  }

  // MARK: Type

  private func decideType() async throws -> TypeDecision {
    guard file.count > 0 else { throw ExtractionFailure(.empty, detail: "It has no bytes.") }
    guard file.count <= limits.maximumInputBytes else {
      throw ExtractionFailure(
        .tooLarge, detail: "It has \(file.count) bytes; at most \(limits.maximumInputBytes) are taken. Split it.")
    }
    let entries = limits.maximumZipEntries
    let work: @Sendable () throws -> TypeDecision = { [file, hints] in
      try TypeDetector.decide(
        file.pieces(), name: hints.name, declaredType: hints.declaredType, maximumZipEntries: entries)
    }
    return file.count > Self.inlineBytes ? try await offThePool(work) : try work()
  }

  private func canRecognise(_ decision: TypeDecision) -> Bool {
    decision.type == .image && extractor.configuration.opticalRecognition != nil
  }

  // MARK: Text

  private func read(as type: DocumentType) async throws -> Reading {
    switch type {
    case .pdf: return try await PDFReading(extractor: extractor, limits: limits).read(file)
    case .image: return try await PictureReading(extractor: extractor, limits: limits).read(file)
    case .html:
      let text = try await decode(as: type)
      var reading = try await HelperReading(extractor: extractor, limits: limits).read(.bytes(text.utf8), as: type)
      reading.encoding = text.encoding
      return reading
    case _ where type.isReadAsIs:
      let text = try await decode(as: type)
      return Reading(
        utf8: text.utf8, scalars: text.scalars, encoding: text.encoding, isolation: "in-process",
        isContent: text.isContent)
    default:
      return try await HelperReading(extractor: extractor, limits: limits)
        .read(file, as: type, charset: hints.declaredCharset)
    }
  }

  private func decode(as type: DocumentType) async throws -> DecodedText {
    // Two bytes a character at most, or nearly: what is larger gives more text than anybody takes.
    guard type == .html || file.count <= 2 * limits.maximumOutputBytes else { throw tooMuchText(file.count / 2) }
    let text = try await decoded(type)
    guard type == .html || text.utf8.count <= limits.maximumOutputBytes else { throw tooMuchText(text.utf8.count) }
    return text
  }

  private func tooMuchText(_ count: Int) -> ExtractionFailure {
    ExtractionFailure(
      .tooLarge,
      detail: "It holds \(count >> 20) MiB of text; at most \(limits.maximumOutputBytes >> 20) MiB are taken. Split it."
    )
  }

  private func decoded(_ type: DocumentType) async throws -> DecodedText {
    let charset = hints.declaredCharset
    let own: TextDecoder.OwnDeclaration =
      switch type {
      case .html: .html
      case .xml: .xml
      default: .none
      }
    let work: @Sendable () throws -> DecodedText = { [file] in
      try TextDecoder.decode(file.all(), declared: charset, own: own)
    }
    return file.count > Self.inlineBytes ? try await offThePool(work) : try work()
  }

  // MARK: The end

  private func finish(_ reading: inout Reading, _ type: DocumentType, _ decision: TypeDecision) async
    -> ExtractedDocument
  {
    let (text, found) = await describe(reading.utf8, as: type)
    return ExtractedDocument(
      type: type, rule: decision.rule, declaredType: decision.declaredType, nameType: decision.nameType,
      encoding: reading.encoding, language: hints.declaredLanguage ?? found.language, languages: found.languages,
      title: reading.title, author: reading.author, created: reading.created, pages: reading.pages,
      characters: reading.scalars, text: text, positions: reading.positions, limits: reading.applied(limits),
      milliseconds: elapsed, textIsContent: reading.isContent)
  }

  private func describe(_ utf8: [UInt8], as type: DocumentType) async -> (String, LanguageDetector.Result) {
    let hint = hints.declaredLanguage
    let work: @Sendable () -> (String, LanguageDetector.Result) = {
      let sample = type == .mail ? LanguageSample.bodyOfMail(utf8) : utf8[...]
      return (String(decoding: utf8, as: UTF8.self), LanguageDetector.detect(sample, hint: hint))
    }
    return utf8.count > Self.inlineBytes ? await offThePool(work) : work()
  }

  private var elapsed: Double {
    let passed = started.duration(to: .now)
    return Double(passed.components.seconds) * 1e3 + Double(passed.components.attoseconds) / 1e15
  }

  /// The limits that were in force for a document that failed.
  private func applied(_ decision: TypeDecision?) -> LimitsApplied {
    guard let decision, let type = decision.type, decision.refusal == nil, !type.isReadAsIs,
      let health = extractor.health
    else { return Reading(isolation: "in-process").applied(limits) }
    var reading = Reading(isolation: health.isolation)
    reading.childLimits = ChildLimits(limits)
    reading.isZip = type.isZip
    return reading.applied(limits)
  }

  private func findings(_ decision: TypeDecision?, _ failure: ExtractionFailure) -> ExtractionFindings {
    ExtractionFindings(
      type: decision?.type, rule: decision?.rule ?? .unknown, declaredType: decision?.declaredType,
      nameType: decision?.nameType, encoding: failure.findings?.encoding,
      limits: applied(decision), milliseconds: elapsed)
  }
}

/// Runs `work`, which computes for long or blocks, on a thread of its own.
func offThePool<Result: Sendable, Failure: Error>(
  _ work: @escaping @Sendable () throws(Failure) -> Result
) async throws(Failure) -> Result {
  let result: Swift.Result<Result, Failure> = await withCheckedContinuation { continuation in
    OSThread.detached(name: "extraction") {
      do throws(Failure) {
        continuation.resume(returning: .success(try work()))
      } catch {
        continuation.resume(returning: .failure(error))
      }
    }
  }
  return try result.get()
}
