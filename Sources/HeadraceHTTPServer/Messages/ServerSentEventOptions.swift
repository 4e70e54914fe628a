/// How an event stream behaves.
public struct ServerSentEventOptions: Sendable {
  /// The time between comments on a silent stream; the default keeps proxies with a 30 s limit quiet.
  public var heartbeat: Duration
  /// What a client is told to wait before it connects again, sent first; `nil` sends nothing.
  public var retry: Duration?
  /// The last event before the server stops; the client then connects again with its cursor.
  public var farewell: ServerSentEvent?

  /// Options with their defaults: a comment every 15 s, reconnection after 1 s, no farewell.
  public init(heartbeat: Duration = .seconds(15), retry: Duration? = .seconds(1), farewell: ServerSentEvent? = nil) {
    self.heartbeat = heartbeat
    self.retry = retry
    self.farewell = farewell
  }
}
