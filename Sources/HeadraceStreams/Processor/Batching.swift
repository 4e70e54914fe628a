internal import Synchronization

/// Gathers records into batches, by number, tokens or time, whichever comes first.
///
/// The slots of the processor must be at least as many as the batch's size, better several times that.
public final class Batching<Batch: BatchProcessor>: Processor {
  /// As the batch processor's.
  public typealias Value = Batch.Value

  private typealias Waiter = CheckedContinuation<Outputs, any Error>

  private struct Gathering {
    var records: [BatchRecord<Batch.Value>] = []
    var waiters: [Waiter] = []
    var tokens = 0
    var number = 0
  }

  private let batch: Batch
  private let size: Int
  private let wait: Duration
  private let tokenBudget: Int
  private let gathering = Mutex(Gathering())

  /// Gathers records for `batch`.
  ///
  /// - Parameters:
  ///   - batch: What handles them together.
  ///   - size: Records of a batch at most.
  ///   - wait: How long the first record of a batch waits for others at most.
  ///   - tokenBudget: Tokens of a batch at most; one record may exceed it alone.
  public init(_ batch: Batch, size: Int, wait: Duration = .milliseconds(20), tokenBudget: Int = .max) {
    precondition(size >= 1, "a batch holds at least one record")
    self.batch = batch
    self.size = size
    self.wait = wait
    self.tokenBudget = tokenBudget
  }

  /// As the batch processor's.
  public func decode(_ record: RawRecord) throws -> Batch.Value { try batch.decode(record) }

  /// Joins the batch that is being gathered and waits for its outcome.
  public func handle(_ record: InputRecord<Batch.Value>, context: ProcessorContext) async throws -> Outputs {
    let tokens = batch.tokens(record)
    return try await withCheckedThrowingContinuation { continuation in
      let (full, timed) = gathering.withLock { gathering -> ([Gathering], Int?) in
        var full: [Gathering] = []
        if !gathering.records.isEmpty, gathering.tokens + tokens > tokenBudget { full.append(close(&gathering)) }
        gathering.records.append(BatchRecord(record: record, context: context))
        gathering.waiters.append(continuation)
        gathering.tokens += tokens
        let isFirst = gathering.records.count == 1
        if gathering.records.count >= size || gathering.tokens >= tokenBudget { full.append(close(&gathering)) }
        return (full, isFirst && !gathering.records.isEmpty ? gathering.number : nil)
      }
      for batch in full { Task { await self.run(batch) } }
      if let timed {
        Task {
          try? await Task.sleep(for: wait)
          let due = gathering.withLock { gathering -> Gathering? in
            gathering.number == timed && !gathering.records.isEmpty ? close(&gathering) : nil
          }
          if let due { await run(due) }
        }
      }
    }
  }

  private func close(_ gathering: inout Gathering) -> Gathering {
    defer { gathering = Gathering(number: gathering.number + 1) }
    return gathering
  }

  private func run(_ gathered: Gathering) async {
    do {
      let outcomes = try await batch.handle(gathered.records)
      guard outcomes.count == gathered.records.count else {
        throw ProcessorError(
          .configuration, "a batch of \(gathered.records.count) records had \(outcomes.count) outcomes")
      }
      for (waiter, outcome) in zip(gathered.waiters, outcomes) {
        switch outcome {
        case .done(let outputs): waiter.resume(returning: outputs)
        case .failed(let error): waiter.resume(throwing: error)
        }
      }
    } catch {
      for waiter in gathered.waiters { waiter.resume(throwing: error) }
    }
  }
}
