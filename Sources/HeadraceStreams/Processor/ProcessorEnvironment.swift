internal import HeadraceCore
internal import HeadraceTelemetry

/// What a context needs of the runtime behind it; tests put their own in its place.
protocol ProcessorEnvironment: Sendable {
  var logger: Logger { get }
  var clusterID: String { get }

  func result(
    for fingerprint: CallFingerprint, context: ProcessorContext,
    perform: @escaping @Sendable () async throws -> CallResult
  ) async throws -> (result: CallResult, isFromJournal: Bool)

  func firstSeen(_ id: String, _ note: FirstSeenNote, context: ProcessorContext) async throws -> FirstSeenNote

  func emitProgress(_ output: Output)
}
