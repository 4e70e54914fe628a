internal import HeadraceCore
internal import Synchronization

/// An asynchronous HTTP client: libcurl's multi interface on one thread of its own.
///
/// HTTP/1.1, and HTTP/2 over TLS; connections are kept and shared; bodies stream both ways with back-pressure; nothing
/// is buffered without bound. Proxies come from `http_proxy`, `https_proxy` and `no_proxy` unless configured. All
/// methods may be called from any task. The thread starts with the first request and ends with ``shutdown()`` or the
/// last reference.
///
/// ```swift
/// let client = HTTPClient()
/// try await client.withResponse(to: .init(url: "https://example.org/stream")) { response in
///   for try await piece in response.body { … }
/// }
/// ```
public final class HTTPClient: Sendable {
  /// What the client was made with.
  public let configuration: Configuration
  private let loop: TransferLoop

  /// Makes a client; does no I/O.
  public init(configuration: Configuration = .init()) {
    self.configuration = configuration
    loop = TransferLoop(configuration: configuration)
  }

  deinit { loop.stop() }

  /// Sends a request and lends the response to `body`.
  ///
  /// Returns what `body` returns. When `body` leaves before the end of the response, or the task is cancelled, the
  /// exchange is cut and its connection freed at once.
  ///
  /// - Throws: ``HTTPClientError``, `CancellationError`, or what `body` throws.
  public func withResponse<Result>(
    to request: Request, _ body: (Response) async throws -> Result
  ) async throws -> Result {
    try await withResponse(to: request, consumer: nil, body)
  }

  /// As ``withResponse(to:_:)``, with one that takes the body on the client's own thread.
  package func withResponse<Result>(
    to request: Request, consumer: (any BodyConsumer)?, _ body: (Response) async throws -> Result
  ) async throws -> Result {
    let transfer = try transfer(request, consumer)
    guard case .stream(_, let produce) = request.body else { return try await exchange(transfer, body) }
    return try await exchange(transfer, producing: produce, body)
  }

  /// Apart: what it needs is not kept while the exchange lasts.
  @inline(never)
  private func transfer(_ request: Request, _ consumer: (any BodyConsumer)?) throws -> Transfer {
    try Transfer(request, consumer: consumer, configuration: configuration, loop: loop)
  }

  private func exchange<Result>(
    _ transfer: Transfer, producing produce: @Sendable (BodyWriter) async throws -> Void,
    _ body: (Response) async throws -> Result
  ) async throws -> Result {
    // A child task: it is cancelled when the exchange is over (a server may answer without reading all), and what it
    // throws itself ends the exchange.
    async let _ = transfer.produce(produce)
    do {
      return try await exchange(transfer, body)
    } catch {
      throw transfer.producerFailure ?? error
    }
  }

  /// Sends a request and reads the whole response, at most `limit` bytes of body (default 16 MiB).
  ///
  /// - Throws: as ``withResponse(to:_:)``; kind `tooLarge` beyond the limit.
  public func execute(_ request: Request, upTo limit: Int = 16 << 20) async throws -> WholeResponse {
    let collector = BodyCollector(limit: limit)
    return try await withResponse(to: request, consumer: collector) { response in
      _ = try await response.wait()
      return WholeResponse(status: response.status, headers: response.headers, body: try collector.take())
    }
  }

  /// Ends every exchange with kind `client-closed` and the thread after it. Later requests fail at once.
  public func shutdown() { loop.stop() }

  private func exchange<Result>(
    _ transfer: Transfer, _ body: (Response) async throws -> Result
  ) async throws -> Result {
    defer { transfer.leave() }
    try loop.add(transfer)
    let head = try await transfer.head()
    return try await body(
      Response(
        status: head.status, headers: head.headers, isFramed: head.isFramed, body: ResponseBody(transfer: transfer)))
  }
}
