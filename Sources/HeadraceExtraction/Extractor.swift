internal import HeadraceCore

/// Turns any document into text, whatever it is and whoever made it.
///
/// The order of work is type, encoding, text, language. Text is read in process; formats with parsers (PDF, Office, HTML,
/// mail, …) are read by child processes with hard limits, at most ``ExtractorConfiguration/children`` at once, so that no
/// document can slow, crash or fill the machine. Nothing is written to a disk.
///
///     let extractor = Extractor()
///     let document = try await extractor.extract(file: "/tmp/report.docx")
///     print(document.type, document.language, document.text)
///
/// Safe to use from any task. Cancelling the task ends its child, with whatever that has started.
public final class Extractor: Sendable {
  /// How it works.
  public let configuration: ExtractorConfiguration
  package let pool: ChildPool
  let meters = ExtractionMeters()
  private let preparation: Preparation

  /// Starts nothing: the helper is looked for with the first document that needs it, or by ``prepare()``.
  public init(configuration: ExtractorConfiguration = ExtractorConfiguration()) {
    self.configuration = configuration
    pool = ChildPool(capacity: configuration.children)
    preparation = Preparation(configuration: configuration)
  }

  /// Looks for the helper and tries the sandbox, once; later calls answer the same. Call it when a service starts, so that
  /// its health page knows.
  @concurrent
  public func prepare() async -> ExtractorHealth { await preparation.ready().health }

  /// What ``prepare()`` found; nil before.
  public var health: ExtractorHealth? { preparation.health }

  /// The text of a document in memory.
  ///
  /// - Parameters:
  ///   - bytes: The document as it came.
  ///   - name: Its name; only the extension counts.
  ///   - declaredType: The media type its sender declares; a `charset` parameter counts as `charset`.
  ///   - charset: The encoding its sender declares; it counts where the text decodes in it strictly.
  ///   - language: The language its sender declares, in BCP 47; it is taken as it is.
  /// - Throws: ``ExtractionFailure`` or `CancellationError`, nothing else.
  @concurrent
  public func extract(
    bytes: [UInt8], name: String? = nil, declaredType: String? = nil, charset: String? = nil, language: String? = nil
  ) async throws -> ExtractedDocument {
    let hints = DocumentHints(name: name, declaredType: declaredType, charset: charset, language: language)
    return try await extract(.bytes(bytes), hints)
  }

  /// The text of the regular file at `path`, read in pieces; `name` is the path's last part if nil.
  ///
  /// - Throws: ``ExtractionFailure`` (`unreadable` when the file cannot be opened) or `CancellationError`.
  @concurrent
  public func extract(
    file path: String, name: String? = nil, declaredType: String? = nil, charset: String? = nil,
    language: String? = nil
  ) async throws -> ExtractedDocument {
    let name = name ?? path.split(separator: "/").last.map(String.init)
    let hints = DocumentHints(name: name, declaredType: declaredType, charset: charset, language: language)
    return try await extract(DocumentOpening.open(path), hints)
  }

  /// The helper, and how to shut it in.
  func prepared() async -> Prepared { await preparation.ready() }

  private func extract(_ file: DocumentFile, _ hints: DocumentHints) async throws -> ExtractedDocument {
    let work = Extraction(extractor: self, file: file, hints: hints)
    return try await work.run()
  }
}
