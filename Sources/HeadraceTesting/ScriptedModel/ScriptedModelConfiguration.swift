/// How a scripted model behaves.
public struct ScriptedModelConfiguration: Sendable {
  /// From the request to the first piece. Default: at once.
  public var latency: LatencyDistribution
  /// Between two pieces. Default: none.
  public var pieceInterval: Duration
  /// Makes the answer's text; the default answers a schema with an instance of it and text with an echo.
  public var answer: @Sendable (ScriptedModelRequest) -> String
  /// What goes wrong, the first that applies.
  public var faults: [ScriptedFault]
  /// Calls at a time; more are answered 429. `nil`: no bound.
  public var concurrency: Int?
  /// Port; 0: any free one.
  public var port: Int
  /// Seed of every chance in it.
  public var seed: UInt64

  /// Makes a configuration.
  public init(
    latency: LatencyDistribution = .fixed(.zero), pieceInterval: Duration = .zero, faults: [ScriptedFault] = [],
    concurrency: Int? = nil, port: Int = 0, seed: UInt64 = 1,
    answer: @escaping @Sendable (ScriptedModelRequest) -> String = { $0.defaultAnswer }
  ) {
    self.latency = latency
    self.pieceInterval = pieceInterval
    self.faults = faults
    self.concurrency = concurrency
    self.port = port
    self.seed = seed
    self.answer = answer
  }
}
