/// A processor that handles several records in one go: embeddings, bulk writes.
///
/// `Batching` makes a `Processor` of it. Records of a batch have different keys; each has an outcome of its own.
public protocol BatchProcessor<Value>: Sendable {
  /// The decoded value, as in `Processor`.
  associatedtype Value: Sendable

  /// As in `Processor`.
  func decode(_ record: RawRecord) throws -> Value

  /// What a record counts against the batch's token budget; 0 by default.
  func tokens(_ record: InputRecord<Value>) -> Int

  /// Handles a batch and returns an outcome for each record, in their order. An error thrown is the outcome of all.
  func handle(_ records: [BatchRecord<Value>]) async throws -> [BatchOutcome]
}

extension BatchProcessor {
  /// No tokens.
  public func tokens(_ record: InputRecord<Value>) -> Int { 0 }
}

extension BatchProcessor where Value == [UInt8]? {
  /// The value as it is.
  public func decode(_ record: RawRecord) throws -> [UInt8]? { record.value }
}

/// One record of a batch with its context.
public struct BatchRecord<Value: Sendable>: Sendable {
  /// The record.
  public let record: InputRecord<Value>
  /// Its own context: journaled calls, deadline, attempt.
  public let context: ProcessorContext
}

/// How one record of a batch ended.
public enum BatchOutcome: Sendable {
  /// Handled: these are its outputs.
  case done(Outputs)
  /// Failed: treated as if a handler of its own had thrown this.
  case failed(any Error)
}
