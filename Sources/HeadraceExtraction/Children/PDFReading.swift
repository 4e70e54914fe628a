/// Reads a PDF by poppler's programs: `pdfinfo` for what it is, `pdftotext` for its text, `pdfimages` to tell a scan from an
/// empty document.
struct PDFReading: Sendable {
  let extractor: Extractor
  let limits: ExtractionLimits

  /// Letters under which a PDF counts as one without text.
  private static let fewestLetters = 10

  /// The text of `file`.
  func read(_ file: DocumentFile) async throws -> Reading {
    let spool = try await file.shared()
    let runner = ChildRunner(extractor: extractor)
    return try await runner.attempts { try await attempt(spool, runner) }
  }

  private func attempt(_ spool: SharedDescriptor, _ runner: ChildRunner) async throws -> Reading {
    let prepared = await extractor.prepared()
    guard let programs = prepared.poppler else {
      throw ExtractionFailure(.unavailable, detail: "pdftotext is missing: install poppler-utils.")
    }
    let info = try await facts(spool, runner, programs)
    let isLong = (info.pages ?? 0) > 1000
    let childLimits = ChildLimits(limits, cpuSeconds: isLong ? limits.cpuSecondsOfLongDocuments : limits.cpuSeconds)
    let run = try await runner.run(
      .init(programs.text, ["-enc", "UTF-8", "-", "-"]), on: spool.descriptor, limits: childLimits,
      into: ChildRunner.Bytes(maximum: limits.maximumOutputBytes))
    guard run.outcome.ending == .exited(0) else { throw Self.failure(run.outcome) }
    let output = run.output.bytes
    var pages = output.count > Extraction.inlineBytes ? await offThePool { PDFPages(output) } : PDFPages(output)
    var recognised = false
    if pages.letters(atMost: Self.fewestLetters) < Self.fewestLetters {
      pages = try await recognise(spool, runner, programs, pageCount: info.pages ?? pages.positions.count)
      recognised = true
    }
    var reading = Reading(utf8: pages.utf8, scalars: pages.scalars, isolation: prepared.sandbox?.name ?? "none")
    reading.positions = pages.positions
    reading.childLimits = childLimits
    reading.title = info.title
    reading.author = info.author
    reading.created = info.created
    reading.pages = info.pages ?? (recognised ? nil : pages.pages)
    return reading
  }

  private func facts(_ spool: SharedDescriptor, _ runner: ChildRunner, _ programs: PopplerPrograms) async throws
    -> PDFFacts
  {
    do {
      let run = try await runner.run(
        .init(programs.info, ["-enc", "UTF-8", "-isodates", "-"]), on: spool.descriptor,
        limits: ChildLimits(limits, cpuSeconds: min(10, limits.cpuSeconds)),
        into: ChildRunner.Bytes(maximum: 256 << 10))
      if run.outcome.ending != .exited(0), run.outcome.complaints.contains("Incorrect password") {
        throw Self.failure(run.outcome)
      }
      return PDFFacts(String(decoding: run.output.bytes, as: UTF8.self))
    } catch let failure as ExtractionFailure where failure.cause != .encrypted && failure.cause != .unavailable {
      // What it is called is no reason to lose its text.
      return PDFFacts("")
    }
  }

  /// A PDF without text: the text of its pictures where that is switched on, else the right failure.
  private func recognise(
    _ spool: SharedDescriptor, _ runner: ChildRunner, _ programs: PopplerPrograms, pageCount: Int
  ) async throws -> PDFPages {
    let run = try await runner.run(
      .init(programs.images, ["-list", "-l", "100", "-"]), on: spool.descriptor, limits: ChildLimits(limits),
      into: ChildRunner.Bytes(maximum: 1 << 20))
    // Two lines of heading, then one a picture.
    let pictures = run.output.bytes.split(separator: 0x0a).count - 2
    guard pictures > 0 else {
      throw ExtractionFailure(.empty, detail: "The PDF has neither text nor pictures.")
    }
    guard let recognition = extractor.configuration.opticalRecognition else {
      throw ExtractionFailure(
        .noTextLayer,
        detail: """
          It looks like a scan. Optical recognition is off: switch it on (extraction.ocr-languages), or send the PDF with \
          a text layer.
          """)
    }
    let pages = min(pageCount, recognition.maximumPages)
    return try await Recogniser(extractor: extractor, runner: runner, recognition: recognition, limits: limits)
      .pages(of: spool, programs: programs, count: max(1, pages))
  }

  private static func failure(_ outcome: ChildOutcome) -> ExtractionFailure {
    if outcome.complaints.contains("Incorrect password") {
      return ExtractionFailure(
        .encrypted, detail: "The PDF opens with a password only. Save it without one.")
    }
    let first = outcome.complaints.split(separator: "\n").first.map { ": " + $0.prefix(200) } ?? "."
    return ExtractionFailure(.corrupt, detail: "The PDF cannot be opened\(first)")
  }
}
