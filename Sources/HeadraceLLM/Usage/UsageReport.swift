public import FoundationEssentials
public import HeadraceCore

/// The bill: a fold over `headrace.llm.called.v1` events.
///
/// Events with the same fingerprint, attempt and outcome count once, so that an event that was written twice (a crash
/// between the write and its acknowledgement) does not double the bill. Saved calls count each time.
///
/// ```swift
/// var report = UsageReport(by: [.model, .tenant])
/// for event in events { report.add(event.data, at: event.time) }
/// for line in report.lines { … }
/// ```
public struct UsageReport: Sendable {
  /// What lines are parted by.
  public enum Dimension: String, Sendable, Hashable, CaseIterable, Codable {
    /// Day in UTC.
    case day
    /// Tenant.
    case tenant
    /// Processor.
    case processor
    /// Route.
    case route
    /// Provider.
    case provider
    /// Model.
    case model
    /// The router's class of task.
    case `class`
  }

  /// A line of the bill.
  public struct Line: Sendable, Hashable, Codable {
    /// The values of the dimensions, in their order.
    public var key: [String]
    /// Calls that were answered and paid.
    public var paid = 0
    /// Attempts that failed.
    public var failed = 0
    /// Calls that journal or cache answered.
    public var saved = 0
    /// Tokens in, of paid and failed calls.
    public var inputTokens = 0
    /// Of these, from the provider's cache.
    public var cachedTokens = 0
    /// Tokens out.
    public var outputTokens = 0
    /// Of these, reasoning.
    public var reasoningTokens = 0
    /// Cost by currency.
    public var cost: [Money] = []
    /// Sum of the milliseconds of paid calls.
    public var milliseconds = 0

    /// Mean milliseconds of a paid call.
    public var meanMilliseconds: Double { paid == 0 ? 0 : Double(milliseconds) / Double(paid) }
  }

  private struct Identity: Hashable {
    var fingerprint: CallFingerprint
    var attempt: Int
    var outcome: CallUsageEvent.Outcome
  }

  /// What the lines are parted by.
  public let dimensions: [Dimension]
  private var table: [[String]: Line] = [:]
  private var seen: Set<Identity> = []

  /// An empty bill.
  public init(by dimensions: [Dimension] = [.provider, .model]) { self.dimensions = dimensions }

  /// Adds an event, written at `time` (its day is the record's).
  public mutating func add(_ event: CallUsageEvent, at time: Date) {
    if event.outcome != .saved {
      let identity = Identity(fingerprint: event.fingerprint, attempt: event.attempt, outcome: event.outcome)
      guard seen.insert(identity).inserted else { return }
    }
    let key = dimensions.map { dimension in
      switch dimension {
      case .day: String(time.rfc3339.prefix(10))
      case .tenant: event.tenant
      case .processor: event.processor
      case .route: event.route
      case .provider: event.provider
      case .model: event.model
      case .class: event.router?.class ?? ""
      }
    }
    table[key, default: Line(key: key)].add(event)
  }

  /// The lines, ordered by their keys.
  public var lines: [Line] { table.values.sorted { $0.key.lexicographicallyPrecedes($1.key) } }

  /// The sum of all lines.
  public var total: Line {
    var total = Line(key: [])
    for line in table.values { total.add(line) }
    return total
  }
}

extension UsageReport.Line {
  fileprivate mutating func add(_ event: CallUsageEvent) {
    switch event.outcome {
    case .paid:
      paid += 1
      milliseconds += event.milliseconds
    case .failed: failed += 1
    case .saved:
      saved += 1
      return
    }
    inputTokens += event.inputTokens
    cachedTokens += event.cachedTokens
    outputTokens += event.outputTokens
    reasoningTokens += event.reasoningTokens
    if let cost = event.cost { add(cost) }
  }

  fileprivate mutating func add(_ line: UsageReport.Line) {
    paid += line.paid
    failed += line.failed
    saved += line.saved
    inputTokens += line.inputTokens
    cachedTokens += line.cachedTokens
    outputTokens += line.outputTokens
    reasoningTokens += line.reasoningTokens
    milliseconds += line.milliseconds
    for cost in line.cost { add(cost) }
  }

  private mutating func add(_ cost: Money) {
    if let index = self.cost.firstIndex(where: { $0.currency == cost.currency }) {
      self.cost[index].nanos += cost.nanos
    } else if cost.nanos != 0 {
      self.cost.append(cost)
    }
  }
}
