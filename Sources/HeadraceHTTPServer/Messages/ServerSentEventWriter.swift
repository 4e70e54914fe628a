/// Writes events to one client. Use it from the closure that got it.
public struct ServerSentEventWriter: Sendable {
  let writer: HTTPBodyWriter

  /// Sends an event and waits while the client has 64 KiB before it. Throws `HTTPConnectionClosed` when the client
  /// is gone, or made no progress for so long that it was cut; the last thing it got is then a whole event.
  public func send(_ event: ServerSentEvent) async throws { try await writer.write(event.encoded) }

  /// Sends an event at once, or cuts the client: for sources that do not wait for anyone. Throws
  /// `HTTPConnectionClosed` with cause `slowClient` when more than 64 KiB would wait.
  public func sendOrCut(_ event: ServerSentEvent) throws { try writer.writeOrCut(event.encoded) }

  /// Sends a line that no listener sees.
  public func comment(_ text: String) async throws { try await writer.write(ServerSentEvent.comment(text)) }

  /// Ends the connection at once with a reset, as a broken network would.
  public func abort() { writer.abort() }
}
