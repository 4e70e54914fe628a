internal import FoundationEssentials
internal import HeadraceCore
internal import HeadraceHTTP

/// The few requests of S3 that a blob store needs, with bounded retries.
final class S3Requests: Sendable {
  private let configuration: S3BlobConfiguration
  private let client = HTTPClient()

  struct ObjectFacts: Sendable {
    var name: String
    var size: Int64
    var modified: Date
  }

  init(configuration: S3BlobConfiguration) {
    self.configuration = configuration
  }

  func shutdown() { client.shutdown() }

  // MARK: Requests

  func head(_ name: String) async throws -> ObjectFacts? {
    let answer = try await send(request("HEAD", name), accepting: [200, 404])
    guard answer.status == 200 else { return nil }
    guard let size = answer.headers["content-length"].flatMap({ Int64($0) }) else {
      throw BlobError(.unavailable, "The bucket does not say how long \(name) is.")
    }
    return ObjectFacts(
      name: name, size: size, modified: answer.headers["last-modified"].flatMap(S3Date.http) ?? .distantPast)
  }

  func get(_ name: String, range: Range<Int64>) async throws -> [UInt8] {
    var request = request("GET", name)
    request.headers["range"] = "bytes=\(range.lowerBound)-\(range.upperBound - 1)"
    request.receiveBufferBytes = 262_144
    let answer = try await send(request, accepting: [200, 206, 404], upTo: range.count + (64 << 10))
    guard answer.status != 404 else { throw BlobError(.notFound, "The bucket has no \(name).") }
    return answer.body
  }

  func put(
    _ name: String, digest: SHA256.Digest, size: Int64, content: @escaping @Sendable () async throws -> BlobChunks
  ) async throws {
    var request = request("PUT", name)
    request.headers["x-amz-content-sha256"] = digest.hex
    request.headers["content-type"] = "application/octet-stream"
    request.deadlines.firstByte = nil
    request.deadlines.total = .seconds(60 + Double(size) / 500_000)
    request.body =
      size == 0
      ? .none
      : .stream(length: size) { writer in
        for try await piece in try await content() { try await writer.write(piece) }
      }
    _ = try await send(request, accepting: [200, 201, 204])
  }

  func delete(_ name: String) async throws {
    _ = try await send(request("DELETE", name), accepting: [200, 204, 404])
  }

  func checkBucket() async throws {
    _ = try await send(request("HEAD", nil), accepting: [200])
  }

  /// Objects whose names begin so, up to 1,000 of them.
  func list(_ start: String, after token: String?) async throws -> (objects: [ObjectFacts], next: String?) {
    var query: [(String, String)] = []
    if let token { query.append(("continuation-token", token)) }
    query += [("list-type", "2"), ("prefix", configuration.prefix + start)]
    let answer = try await send(request("GET", nil, query: query), accepting: [200], upTo: 4 << 20)
    let document = String(decoding: answer.body, as: UTF8.self)
    let objects = S3Listing.elements("Contents", in: document[...]).compactMap { element -> ObjectFacts? in
      guard let key = S3Listing.text("Key", in: element), key.hasPrefix(configuration.prefix),
        let size = S3Listing.text("Size", in: element).flatMap({ Int64($0) }),
        let modified = S3Listing.text("LastModified", in: element).flatMap({ Date(rfc3339: $0) })
      else { return nil }
      return ObjectFacts(name: String(key.dropFirst(configuration.prefix.count)), size: size, modified: modified)
    }
    return (objects, S3Listing.text("NextContinuationToken", in: document[...]))
  }

  // MARK: Helpers

  private func request(_ method: String, _ name: String?, query: [(String, String)] = []) -> HTTPClient.Request {
    let endpoint =
      configuration.endpoint.hasSuffix("/") ? String(configuration.endpoint.dropLast()) : configuration.endpoint
    var url = endpoint
    if configuration.usesPathStyle {
      url += "/\(S3Listing.encoded(configuration.bucket))"
    } else if let scheme = endpoint.firstRange(of: "://") {
      url = "\(endpoint[..<scheme.upperBound])\(configuration.bucket).\(endpoint[scheme.upperBound...])"
    }
    if let name {
      url += "/" + S3Listing.encoded(configuration.prefix + name, keepingSlashes: true)
    } else if !configuration.usesPathStyle {
      url += "/"
    }
    if !query.isEmpty {
      url += "?" + query.map { "\(S3Listing.encoded($0.0))=\(S3Listing.encoded($0.1))" }.joined(separator: "&")
    }
    return HTTPClient.Request(method: method, url: url, signature: configuration.signature)
  }

  private func send(
    _ request: HTTPClient.Request, accepting accepted: Set<Int>, upTo limit: Int = 1 << 20
  ) async throws -> HTTPClient.WholeResponse {
    let backoff = BackoffPolicy(initial: .milliseconds(100), maximum: .seconds(5))
    var attempt = 1
    while true {
      do {
        let answer = try await client.execute(request, upTo: limit)
        if accepted.contains(answer.status) { return answer }
        throw S3Requests.error(answer, request)
      } catch {
        let error = S3Requests.blobError(error)
        guard let blobError = error as? BlobError, blobError.code == .unavailable, attempt < configuration.attempts
        else {
          throw error
        }
        try await Task.sleep(for: backoff.delay(afterAttempt: attempt))
        attempt += 1
      }
    }
  }

  private static func error(_ answer: HTTPClient.WholeResponse, _ request: HTTPClient.Request) -> BlobError {
    let text = String(decoding: answer.body, as: UTF8.self)
    let word = S3Listing.text("Code", in: text[...]) ?? "status \(answer.status)"
    let message = "The bucket answers \(word) to \(request.method)."
    return switch answer.status {
    case 301, 400, 401, 403, 404, 405: BlobError(.refused, message)
    case 507: BlobError(.full, message)
    default: BlobError(.unavailable, message)
    }
  }

  private static func blobError(_ error: any Error) -> any Error {
    guard let error = error as? HTTPClientError else { return error }
    if error.kind == .cancelled { return CancellationError() }
    return BlobError(error.kind == .invalidRequest || error.kind == .tls ? .refused : .unavailable, "\(error)")
  }
}
