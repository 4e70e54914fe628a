extension HTTPClient {
  /// A response, lent to the closure of ``HTTPClient/withResponse(to:_:)``: status and headers are there, the body is
  /// read as it comes.
  public struct Response: Sendable {
    /// Status code, 200 … 599.
    public let status: Int
    /// Header fields.
    public let headers: Headers
    /// The body; iterate over it once.
    public let body: ResponseBody

    /// Says that the reader has all it wants and the rest is a formality: after the closure has returned, the exchange
    /// may still end by itself within `duration`, unread, so that its connection is kept. Otherwise leaving early cuts
    /// the exchange at once.
    package func letFinish(within duration: Duration) { body.transfer.letFinish(within: duration) }

    /// The whole body, at most `limit` bytes.
    ///
    /// - Throws: ``HTTPClientError`` of kind `tooLarge` beyond the limit, or what broke the stream.
    public func collect(upTo limit: Int) async throws -> [UInt8] {
      var whole: [UInt8] = []
      for try await piece in body {
        guard whole.count + piece.count <= limit else {
          throw HTTPClientError(.tooLarge, "the body is larger than \(limit) bytes", mayHaveBeenActedOn: true)
        }
        whole += piece
      }
      return whole
    }
  }

  /// A response that was read to its end.
  public struct WholeResponse: Sendable {
    /// Status code, 200 … 599.
    public let status: Int
    /// Header fields.
    public let headers: Headers
    /// The body's bytes.
    public let body: [UInt8]
  }
}
