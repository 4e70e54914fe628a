/// What `headrace extract` prints for one file: its text, or one line of JSON with all that was decided.
///
///     let report = await ExtractionReport.make(file: "letter.rtf", extractor: Extractor())
///     print(report.json)
public struct ExtractionReport: Sendable {
  /// The path, as it was given.
  public let file: String
  /// The document; nil when it failed.
  public let document: ExtractedDocument?
  /// Why there is no text; nil when there is.
  public let failure: ExtractionFailure?

  /// The text, when there is one.
  public var text: String? { document?.text }

  /// Extracts the file at `path`. Throws nothing but `CancellationError`: a failure is part of the report.
  @concurrent
  public static func make(
    file path: String, extractor: Extractor, declaredType: String? = nil, charset: String? = nil,
    language: String? = nil
  ) async throws -> ExtractionReport {
    do {
      let document = try await extractor.extract(
        file: path, declaredType: declaredType, charset: charset, language: language)
      return ExtractionReport(file: path, document: document, failure: nil)
    } catch let failure as ExtractionFailure {
      return ExtractionReport(file: path, document: nil, failure: failure)
    }
  }

  /// The line for people when it failed: `letter.doc: Documents of this type are not read. (unsupported_type) It is …`.
  public var complaint: String? {
    failure.map { "\(file): \($0.title) (\($0.reason)) \($0.detail)" }
  }

  /// One JSON object on one line: `type`, `rule`, `encoding`, `language`, `languages`, `title`, `author`, `pages`,
  /// `characters`, `positions`, `text`, `limits`, `error`, in this order; `null` where nothing is known.
  public var json: String {
    let findings = failure?.findings
    return OrderedJSON.object([
      ("type", .optional((document?.type ?? findings?.type)?.rawValue)),
      ("rule", .optional((document?.rule ?? findings?.rule)?.rawValue)),
      ("encoding", .optional(document?.encoding ?? findings?.encoding)),
      ("language", .optional(document?.language)),
      (
        "languages",
        .array(
          (document?.languages ?? []).map {
            .object([("language", .string($0.language)), ("percent", .number($0.percent))])
          })
      ),
      ("title", .optional(document?.title)),
      ("author", .optional(document?.author)),
      ("pages", .optional(document?.pages)),
      ("characters", .optional(document?.characters)),
      ("positions", .array((document?.positions ?? []).map(Self.position))),
      ("text", .optional(document?.text)),
      ("limits", (document?.limits ?? findings?.limits).map(Self.limits) ?? .null),
      (
        "error",
        failure.map {
          .object([("reason", .string($0.reason)), ("title", .string($0.title)), ("detail", .string($0.detail))])
        } ?? .null
      ),
    ]).text
  }

  private static func position(_ position: TextPosition) -> OrderedJSON {
    .object([
      ("kind", .string(position.kind.rawValue)), ("number", .number(position.number)),
      ("label", .optional(position.label)), ("start", .number(position.start)), ("end", .number(position.end)),
    ])
  }

  private static func limits(_ limits: LimitsApplied) -> OrderedJSON {
    .object([
      ("isolation", .string(limits.isolation)), ("inputBytes", .number(limits.inputBytes)),
      ("outputBytes", .number(limits.outputBytes)), ("inflatedBytes", .optional(limits.inflatedBytes)),
      ("memoryBytes", .optional(limits.memoryBytes)), ("cpuSeconds", .optional(limits.cpuSeconds)),
      ("wallSeconds", .optional(limits.wallSeconds)),
    ])
  }
}
