public import HeadraceCore

/// A processor that can be replayed: where it reads and writes, how to make it, what a record would cost.
public protocol ReplayTarget: Sendable {
  /// The live configuration: input, journal, slots.
  var configuration: ProcessorConfiguration { get }
  /// The topics that it writes.
  var outputTopics: [String] { get }

  /// The processor for a replay: with other prompts or models, where the request's parameters say so.
  func processor(for request: ReplayRequest) throws -> any Processor

  /// The calls that a record would make, as far as that is known beforehand: for the plan's price. The default knows
  /// none.
  func plannedCalls(for record: RawRecord, request: ReplayRequest) async throws -> [PlannedCall]
}

extension ReplayTarget {
  /// Knows none.
  public func plannedCalls(for record: RawRecord, request: ReplayRequest) async throws -> [PlannedCall] { [] }
}

/// A call that a record would make.
public struct PlannedCall: Sendable, Hashable {
  /// What the journal would be asked for.
  public var fingerprint: CallFingerprint
  /// Tokens that go in.
  public var inputTokens: Int
  /// Tokens that come out, at least and at most.
  public var outputTokens: ClosedRange<Int>
  /// What it costs, at least and at most.
  public var cost: ClosedRange<Int64>
  /// The currency of the cost, which is in billionths of its unit.
  public var currency: String

  /// Makes a call.
  public init(
    fingerprint: CallFingerprint, inputTokens: Int, outputTokens: ClosedRange<Int>, cost: ClosedRange<Int64>,
    currency: String = "USD"
  ) {
    self.fingerprint = fingerprint
    self.inputTokens = inputTokens
    self.outputTokens = outputTokens
    self.cost = cost
    self.currency = currency
  }
}
