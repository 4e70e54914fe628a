internal import HeadraceCore
internal import HeadraceTelemetry

/// Runs programs over a document in children: a place in the pool, a thread that waits, one more attempt where that helps.
struct ChildRunner: Sendable {
  let extractor: Extractor

  /// What a program printed, and how it ended.
  struct Run<Output: Sendable>: Sendable {
    var outcome: ChildOutcome
    var output: Output
  }

  /// Collects what a child prints.
  protocol Collector: Sendable {
    /// Takes the next piece; false when the rest is of no use.
    mutating func take(_ bytes: UnsafeRawBufferPointer) -> Bool
    /// Whether what was taken makes no sense: then that is why it was stopped.
    var isBroken: Bool { get }
  }

  /// All bytes, up to a bound.
  struct Bytes: Collector {
    var bytes: [UInt8] = []
    var maximum: Int
    var isBroken: Bool { false }

    mutating func take(_ piece: UnsafeRawBufferPointer) -> Bool {
      guard bytes.count + piece.count <= maximum else { return false }
      unsafe bytes.append(contentsOf: piece)
      return true
    }
  }

  /// Runs `attempt` in a place of the pool; once more, alone, when its failure deserves it. Every failure it throws is final.
  ///
  /// A timeout is not tried again when the first attempt had the pool for itself: the second would be the same.
  func attempts<Result: Sendable>(_ attempt: @Sendable () async throws -> Result) async throws -> Result {
    let (first, wasAlone) = try await extractor.pool.withPlace { await Self.result(attempt) }
    guard case .failure(let failure as ExtractionFailure) = first, failure.cause.deservesAnotherAttempt,
      !(wasAlone && failure.cause == .timeout)
    else { return try first.get() }
    return try await extractor.pool.withPlace(alone: true) { await Self.result(attempt) }.0.get()
  }

  /// Runs `command` with `file` as its input. Throws ``ExtractionFailure`` when it was stopped or killed, and
  /// `CancellationError`; an exit status is the caller's to judge.
  func run<Output: Collector>(
    _ command: ChildProcess.Command, on file: borrowing OwnedDescriptor, limits: ChildLimits, into collector: Output
  ) async throws -> Run<Output> {
    let prepared = await extractor.prepared()
    guard let sandbox = prepared.sandbox else {
      throw ExtractionFailure(.unavailable, detail: prepared.health.notes.joined(separator: " "))
    }
    guard let cancellation = ChildCancellation(), let input = file.reopened() else { throw Self.noDescriptors }
    let descriptor = input.raw
    extractor.meters.children.add(1)
    defer { extractor.meters.children.add(-1) }
    let run: Run<Output>? = await withTaskCancellationHandler {
      await offThePool {
        var collector = collector
        let outcome = unsafe ChildProcess.run(
          command, in: sandbox, input: descriptor, limits: limits, cancellation: cancellation
        ) { unsafe collector.take($0) }
        return outcome.map { Run(outcome: $0, output: collector) }
      }
    } onCancel: {
      cancellation.cancel()
    }
    _ = consume input
    guard let run else {
      throw ExtractionFailure(.unavailable, detail: "\(command.program) could not be started.")
    }
    if run.outcome.stop == .cancelled { throw CancellationError() }
    if run.output.isBroken {
      throw ExtractionFailure(.crashed, detail: "\(Self.shortName(command.program)) printed what nobody understands.")
    }
    if let failure = ChildVerdict.failure(run.outcome, limits: limits, program: Self.shortName(command.program)) {
      throw failure
    }
    return run
  }

  static var noDescriptors: ExtractionFailure {
    ExtractionFailure(.unavailable, detail: "The process has no file descriptor left.")
  }

  private static func result<Value: Sendable>(_ work: @Sendable () async throws -> Value) async -> Result<
    Value, any Error
  > {
    do { return .success(try await work()) } catch { return .failure(error) }
  }

  private static func shortName(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }
}
