/// Reads pictures of text by `tesseract`, page by page: `pdftoppm` paints, `tesseract` reads, through pipes and memory.
struct Recogniser: Sendable {
  let extractor: Extractor
  let runner: ChildRunner
  let recognition: OpticalRecognition
  let limits: ExtractionLimits

  /// Dots an inch that tesseract reads best at.
  private static let resolution = "300"

  /// The text of the first `count` pages.
  func pages(of spool: SharedDescriptor, programs: PopplerPrograms, count: Int) async throws -> PDFPages {
    var output: [UInt8] = []
    for page in 1...count {
      let painted = try await runner.run(
        .init(programs.paint, ["-r", Self.resolution, "-gray", "-f", "\(page)", "-l", "\(page)", "-"]),
        on: spool.descriptor, limits: ChildLimits(limits), into: ChildRunner.Bytes(maximum: limits.maximumFileBytes))
      guard painted.outcome.ending == .exited(0), !painted.output.bytes.isEmpty else { break }
      guard let picture = OwnedDescriptor.holding(painted.output.bytes) else { throw ChildRunner.noDescriptors }
      output += try await text(of: picture)
      output.append(0x0c)
    }
    return PDFPages(output)
  }

  /// The text in a picture.
  func text(of picture: borrowing OwnedDescriptor) async throws -> [UInt8] {
    guard let tesseract = await extractor.prepared().tesseract else {
      throw ExtractionFailure(.unavailable, detail: "tesseract is missing: install tesseract-ocr and its languages.")
    }
    let run = try await runner.run(
      .init(tesseract, ["-", "-", "-l", recognition.languages.joined(separator: "+")]), on: picture,
      limits: ChildLimits(limits, cpuSeconds: limits.cpuSecondsOfLongDocuments),
      into: ChildRunner.Bytes(maximum: limits.maximumOutputBytes))
    guard run.outcome.ending == .exited(0) else {
      throw ExtractionFailure(.corrupt, detail: "The picture cannot be read: \(run.outcome.complaints.prefix(200))")
    }
    return run.output.bytes.filter { $0 != 0x0c }
  }
}

/// Reads a document that is a picture.
struct PictureReading: Sendable {
  let extractor: Extractor
  let limits: ExtractionLimits

  /// The text of `file`. Only asked when optical recognition is on.
  func read(_ file: DocumentFile) async throws -> Reading {
    guard let recognition = extractor.configuration.opticalRecognition else {
      throw ExtractionFailure(.unsupportedType, detail: "It is a picture, and optical recognition is off.")
    }
    let spool = try await file.shared()
    let runner = ChildRunner(extractor: extractor)
    let recogniser = Recogniser(extractor: extractor, runner: runner, recognition: recognition, limits: limits)
    let bytes = try await runner.attempts { try await recogniser.text(of: spool.descriptor) }
    let pages = PDFPages(bytes)
    var reading = Reading(
      utf8: pages.utf8, scalars: pages.scalars, isolation: await extractor.prepared().sandbox?.name ?? "none")
    reading.childLimits = ChildLimits(limits)
    return reading
  }
}
