internal import HeadraceCore

/// A processor without its value type, as the runtime holds it.
struct AnyProcessor: Sendable {
  let accepts: @Sendable (RawRecord) -> Bool
  /// Decodes and handles.
  let handle: @Sendable (RawRecord, ProcessorContext) async throws -> Outputs
  let deadLettered: @Sendable (RawRecord, ProcessingFailure, ProcessorContext) async throws -> Outputs

  init(
    accepts: @escaping @Sendable (RawRecord) -> Bool,
    handle: @escaping @Sendable (RawRecord, ProcessorContext) async throws -> Outputs,
    deadLettered: @escaping @Sendable (RawRecord, ProcessingFailure, ProcessorContext) async throws -> Outputs
  ) {
    self.accepts = accepts
    self.handle = handle
    self.deadLettered = deadLettered
  }

  init<P: Processor>(_ processor: P) {
    accepts = { processor.accepts($0) }
    handle = { record, context in
      let value: P.Value
      do {
        value = try processor.decode(record)
      } catch {
        throw ProcessingFailure(error, attempts: context.attempt, fallback: .content)
      }
      return try await processor.handle(InputRecord(value: value, raw: record), context: context)
    }
    deadLettered = { try await processor.deadLettered($0, failure: $1, context: $2) }
  }
}
