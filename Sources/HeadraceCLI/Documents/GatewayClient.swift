import FoundationEssentials
import Glibc
import HeadraceCore
import HeadraceHTTP
import HeadraceLLM

/// The gateway's HTTP API, as the command line uses it.
struct GatewayClient: Sendable {
  /// What the gateway refused, in its own words (RFC 9457).
  struct Refusal: Error, CustomStringConvertible {
    var status: Int
    var title: String
    var detail: String?

    init(status: Int, problem: JSONValue) {
      self.status = status
      title = problem["title"]?.string ?? "the gateway refused"
      detail = problem["detail"]?.string
    }

    var description: String {
      let reason = detail.map { "\(title): \($0)" } ?? title
      return "\(reason) (HTTP \(status))"
    }
  }

  /// The gateway can't be reached.
  struct Unreachable: Error, CustomStringConvertible {
    var url: String
    var reason: String

    var description: String {
      "the gateway at \(url) does not answer (\(reason)); is `headrace up` running? --gateway or HEADRACE_GATEWAY_URL say where it is"
    }
  }

  /// A JSON answer with its status.
  struct Answer: Sendable {
    var status: Int
    var body: JSONValue
  }

  let url: String
  private let http = HTTPClient()

  init(url: String) { self.url = url.hasSuffix("/") ? String(url.dropLast()) : url }

  /// Asks for a JSON resource.
  func send(
    _ method: String, _ path: String, headers: [(String, String)] = [], body: HTTPClient.Request.Body = .none,
    timeout: Duration = .seconds(60)
  ) async throws -> Answer {
    var request = HTTPClient.Request(method: method, url: url + path, body: body)
    for (name, value) in headers { request.headers.add(name, value) }
    request.deadlines = HTTPClient.Deadlines(
      connect: .seconds(5), firstByte: timeout, betweenBytes: .seconds(60), total: nil)
    let response: HTTPClient.WholeResponse
    do { response = try await http.execute(request) } catch let error as HTTPClientError {
      throw Unreachable(url: url, reason: error.detail)
    }
    let json = response.body.isEmpty ? JSONValue.null : (try? JSONValue(parsing: response.body)) ?? .null
    guard response.status < 400 else {
      throw Refusal(status: response.status, problem: json)
    }
    return Answer(status: response.status, body: json)
  }

  /// Uploads a file and returns its receipt.
  func upload(file: String, name: String, idempotencyKey: String?) async throws -> JSONValue {
    let descriptor = open(file, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(path: file, code: errno) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw FileError(path: file, code: EISDIR)
    }
    defer { close(descriptor) }
    var headers = [("content-type", MediaTypes.type(ofFile: file))]
    if let idempotencyKey { headers.append(("idempotency-key", idempotencyKey)) }
    let body = HTTPClient.Request.Body.stream(length: Int64(status.st_size)) { writer in
      var buffer = [UInt8](repeating: 0, count: 256 << 10)
      while true {
        let count = read(descriptor, &buffer, buffer.count)
        if count < 0 {
          if errno == EINTR { continue }
          throw FileError(path: file, code: errno)
        }
        if count == 0 { return }
        try await writer.write(Array(buffer.prefix(count)))
      }
    }
    return try await send("POST", "/v1/documents?name=\(PercentEncoding.encode(name))", headers: headers, body: body)
      .body
  }

  /// The document as it is now; waits up to `wait` seconds for its end.
  func document(_ id: String, wait: Int = 0) async throws -> JSONValue {
    let headers = wait > 0 ? [("prefer", "wait=\(wait)")] : []
    return try await send(
      "GET", "/v1/documents/\(PercentEncoding.encode(id))", headers: headers, timeout: .seconds(wait + 60)
    ).body
  }

  /// Runs `each` for every server-sent event of `path` until the stream ends, or (with `idle`) until nothing came for so
  /// long.
  func events(
    _ path: String, idle: Duration?, _ each: (_ data: [UInt8], _ type: String) async throws -> Void
  ) async throws {
    var parser = ServerSentEventParser()
    do {
      try await stream(path, accept: "text/event-stream", patience: idle ?? .seconds(60)) { piece in
        for event in try parser.consume(piece) { try await each(event.data, event.name) }
      }
    } catch let error as HTTPClientError where error.kind == .betweenBytesTimeout && idle != nil {}
  }

  /// Runs `each` for every piece of a body.
  func download(_ path: String, _ each: ([UInt8]) async throws -> Void) async throws {
    try await stream(path, accept: "*/*", patience: .seconds(60), each)
  }

  private func stream(
    _ path: String, accept: String, patience: Duration, _ each: ([UInt8]) async throws -> Void
  ) async throws {
    var request = HTTPClient.Request(method: "GET", url: url + path, headers: ["accept": accept])
    request.deadlines = HTTPClient.Deadlines(
      connect: .seconds(5), firstByte: .seconds(60), betweenBytes: patience, total: nil)
    try await http.withResponse(to: request) { response in
      guard response.status == 200 else {
        let json = (try? JSONValue(parsing: try await response.collect(upTo: 1 << 20))) ?? .null
        throw Refusal(status: response.status, problem: json)
      }
      for try await piece in response.body { try await each(piece) }
    }
  }
}

/// A file can't be read.
struct FileError: Error, CustomStringConvertible {
  var path: String
  var code: Int32

  var description: String {
    code == EISDIR ? "\(path) is not a regular file" : "\(path) can't be read: \(String(cString: strerror(code)))"
  }
}
