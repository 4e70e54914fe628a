public import HeadraceCore
public import HeadraceTelemetry

/// What a handler may use beside its record: paid calls that are made once, its deadline, its trace, its logger.
///
/// Valid during its handler's call only. Safe from any task that the handler starts and awaits.
public final class ProcessorContext: CallJournal, Sendable {
  /// Where the record stands.
  public let coordinate: RecordCoordinate
  /// The attempt in progress, from 1; it survives a restart of the process.
  public let attempt: Int
  /// The processor's name.
  public var processor: String { identity.name }
  /// The version of the processor's logic.
  public var version: String { identity.version }
  /// The replay run that this is part of; nil for live work.
  public var runID: String? { identity.runID }

  private let headers: [RecordHeader]
  private let end: MonotonicTime
  private let identity: ProcessorIdentity
  private let environment: any ProcessorEnvironment

  init(
    record: borrowing RawRecord, attempt: Int, end: MonotonicTime, identity: ProcessorIdentity,
    environment: any ProcessorEnvironment
  ) {
    coordinate = record.coordinate
    headers = record.headers
    self.attempt = attempt
    self.end = end
    self.identity = identity
    self.environment = environment
  }

  /// When this attempt is cancelled.
  public var deadline: ContinuousClock.Instant { .now + (end - .now) }

  /// Time left until the deadline; zero once it has passed.
  public var timeLeft: Duration { max(.zero, end - .now) }

  /// The trace that the record's producer began, as its child; a new one where the record carries none.
  public var trace: TraceContext {
    (headers[text: "traceparent"] ?? headers[text: "ce_traceparent"]).flatMap { TraceContext(traceparent: $0)?.child() }
      ?? TraceContext.random()
  }

  /// A logger that carries processor and coordinate.
  public var logger: Logger {
    var logger = environment.logger
    logger[metadataKey: "processor"] = processor
    logger[metadataKey: "record"] = coordinate.description
    return logger
  }

  /// `ce_source` for events of this processor: `/headrace/<cluster id>/<processor>`, with `/runs/<run>` in a replay.
  public var eventSource: String {
    "/headrace/\(environment.clusterID)/\(processor)" + (runID.map { "/runs/\($0)" } ?? "")
  }

  /// `ce_id` of the `index`-th event made from this record: the same input made again gives the same id.
  public func eventID(_ index: Int) -> String { "\(coordinate)/\(index)" }

  /// Makes a paid call once: the journal's result where there is one, else `perform`, whose result is in the journal
  /// (acknowledged by the broker) before this returns. Calls with the same fingerprint in progress are joined.
  ///
  /// Throws `ProcessorError` of code `revoked` when the partition has been given back in the meantime: let it pass.
  public func result(
    for fingerprint: CallFingerprint, perform: @escaping @Sendable () async throws -> CallResult
  ) async throws -> (result: CallResult, isFromJournal: Bool) {
    try await environment.result(for: fingerprint, context: self, perform: perform)
  }

  /// Remembers the first record of an id for ever: returns what was written for it first, which is `note` itself when
  /// this is the first. Survives restarts and moves of the partition; an id's records must have the same key.
  public func firstSeen(_ id: String, _ note: FirstSeenNote) async throws -> FirstSeenNote {
    try await environment.firstSeen(id, note, context: self)
  }

  /// Writes a record outside the transaction, best effort and without waiting: for progress. It may be lost or, after
  /// a crash, repeated (with the same `ce_id`, where it was made from `eventID`).
  public func emitProgress(_ output: Output) {
    environment.emitProgress(output)
  }
}
