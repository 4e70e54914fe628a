/// Remembers paid results, so that a finished call is never paid for twice.
public protocol CallJournal: Sendable {
  /// The recorded result of the call with this fingerprint; or, when there is none, the result of `perform`, recorded
  /// durably before it is returned. Of several callers at once with one fingerprint, one performs and all get the result.
  ///
  /// - Returns: The result, and whether it came from the journal (nothing was paid now).
  /// - Throws: What `perform` throws, which is not recorded; the journal's own error when it can't be read or written.
  func result(
    for fingerprint: CallFingerprint, perform: @escaping @Sendable () async throws -> CallResult
  ) async throws -> (result: CallResult, isFromJournal: Bool)
}

/// Remembers nothing: every call is performed. For one-off calls from a command line.
public struct NoJournal: CallJournal {
  /// A journal of nothing.
  public init() {}

  /// Performs the call.
  public func result(
    for fingerprint: CallFingerprint, perform: @escaping @Sendable () async throws -> CallResult
  ) async throws -> (result: CallResult, isFromJournal: Bool) {
    (try await perform(), false)
  }
}
