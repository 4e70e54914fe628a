extension HTTPClient {
  /// Takes the pieces of a streamed request body. At most one piece beyond 64 KiB is held; a further `write` waits.
  public struct BodyWriter: Sendable {
    let transfer: Transfer

    /// Sends a piece. Waits while the connection is slow.
    ///
    /// - Throws: ``HTTPClientError`` when the exchange has ended (the server may answer before it has read all).
    public func write(_ bytes: [UInt8]) async throws {
      guard !bytes.isEmpty else { return }
      try await transfer.write(bytes)
    }
  }
}
