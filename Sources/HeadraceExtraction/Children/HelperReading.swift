/// Reads a document by `headrace-extract`.
struct HelperReading: Sendable {
  let extractor: Extractor
  let limits: ExtractionLimits

  private struct Frames: ChildRunner.Collector {
    var decoder: FrameDecoder
    var isBroken: Bool { decoder.isBroken }
    mutating func take(_ bytes: UnsafeRawBufferPointer) -> Bool { unsafe decoder.feed(bytes) }
  }

  /// The text of `file`, read as `type`.
  func read(_ file: DocumentFile, as type: DocumentType, charset: String? = nil) async throws -> Reading {
    let prepared = await extractor.prepared()
    guard let helper = prepared.helper, prepared.sandbox != nil else {
      throw ExtractionFailure(.unavailable, detail: prepared.health.notes.joined(separator: " "))
    }
    let spool = try await file.shared()
    let runner = ChildRunner(extractor: extractor)
    return try await runner.attempts {
      try await attempt(helper, type, charset, spool, runner, isolation: prepared.sandbox?.name ?? "none")
    }
  }

  private func attempt(
    _ helper: String, _ type: DocumentType, _ charset: String?, _ spool: SharedDescriptor, _ runner: ChildRunner,
    isolation: String
  ) async throws -> Reading {
    let childLimits = ChildLimits(limits)
    var arguments = [
      type.rawValue, "--inflated", "\(limits.maximumInflatedBytes)", "--part", "\(limits.maximumPartBytes)",
      "--entries", "\(limits.maximumZipEntries)",
    ]
    if let charset, let name = Charset.canonical(charset) { arguments += ["--charset", name] }
    let command = ChildProcess.Command(helper, arguments)
    let collector = Frames(decoder: FrameDecoder(maximumText: limits.maximumOutputBytes))
    let run = try await runner.run(command, on: spool.descriptor, limits: childLimits, into: collector)
    var decoder = run.output.decoder
    decoder.finish()
    if let failure = decoder.content.failure { throw failure }
    guard decoder.content.isDone, run.outcome.ending == .exited(0) else {
      throw ExtractionFailure(
        .crashed, detail: "The reader of \(type.rawValue) ended without a word. \(run.outcome.complaints.prefix(500))")
    }
    var reading = reading(decoder.content, isolation: isolation, childLimits)
    reading.isZip = type.isZip
    return reading
  }

  private func reading(_ content: FrameDecoder.Content, isolation: String, _ childLimits: ChildLimits) -> Reading {
    var utf8 = content.text
    var scalars = content.scalars
    if !UTF8Check(utf8).isValid {
      utf8 = Array(String(decoding: utf8, as: UTF8.self).utf8)
      scalars = UTF8Check(utf8).scalars
    }
    var reading = Reading(utf8: utf8, scalars: scalars, isolation: isolation)
    reading.childLimits = childLimits
    reading.positions = content.positions.map { position in
      var position = position
      position.start = min(position.start, scalars)
      position.end = min(position.end, scalars)
      return position
    }
    reading.title = content.metadata["title"]
    reading.author = content.metadata["author"]
    reading.created = content.metadata["created"]
    reading.pages = content.metadata["pages"].flatMap { Int($0) }
    if let encoding = content.metadata["encoding"] { reading.encoding = encoding }
    return reading
  }
}
