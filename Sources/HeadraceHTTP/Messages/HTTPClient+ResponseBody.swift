extension HTTPClient {
  /// The pieces of a response body, as they come. Reading slowly slows the sender down: about 64 KiB wait here.
  ///
  /// Single pass. It ends only when the message is whole; a cut connection throws ``HTTPClientError`` of kind
  /// `brokenStream`. A body without length that ends with its connection cannot be told from a cut one by HTTP/1:
  /// readers of such bodies look for their own end mark.
  public struct ResponseBody: AsyncSequence, Sendable {
    /// A piece of the body; never empty.
    public typealias Element = [UInt8]

    let transfer: Transfer

    /// Makes the iterator.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(transfer: transfer) }

    /// Reads the pieces.
    public struct AsyncIterator: AsyncIteratorProtocol {
      let transfer: Transfer

      /// The next piece, or `nil` after the last.
      ///
      /// - Throws: ``HTTPClientError``; `CancellationError` when the task is cancelled, which also frees the connection.
      public mutating func next() async throws -> [UInt8]? { try await transfer.nextPiece() }

      /// As ``next()``.
      public mutating func next(isolation actor: isolated (any Actor)?) async throws(any Error) -> [UInt8]? {
        try await transfer.nextPiece()
      }
    }
  }
}
