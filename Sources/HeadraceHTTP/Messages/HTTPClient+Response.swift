extension HTTPClient {
  /// A response, lent to the closure of ``HTTPClient/withResponse(to:_:)``: status and headers are there, the body is
  /// read as it comes.
  public struct Response: Sendable {
    /// Status code, 200 … 599.
    public let status: Int
    /// Header fields.
    public let headers: Headers
    /// Whether HTTP itself tells the body's end: by a length, by chunks, or in HTTP/2. Without, a body that was cut can't be
    /// told from a whole one.
    package let isFramed: Bool
    /// The body; iterate over it once.
    public let body: ResponseBody

    /// Waits until the exchange's ``BodyConsumer`` wants its task woken; false: the body has ended, and whole. Only when
    /// the consumer has accepted the response. A consumer that asked for a pause is given more from here on.
    ///
    /// - Throws: ``HTTPClientError``; `CancellationError`.
    package func wait() async throws -> Bool { try await body.transfer.waitForNews() }

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
