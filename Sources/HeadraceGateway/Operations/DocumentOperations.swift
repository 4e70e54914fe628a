internal import FoundationEssentials
internal import HeadraceCore
internal import HeadraceDocuments
internal import HeadraceHTTPServer

/// What `/v1/documents` does.
struct DocumentOperations: Sendable {
  let documents: DocumentService
  let configuration: GatewayConfiguration
  let uploads: AdmissionLimit
  let waiters: AdmissionLimit
  let streams: AdmissionLimit

  init(documents: DocumentService, configuration: GatewayConfiguration) {
    self.documents = documents
    self.configuration = configuration
    uploads = AdmissionLimit(configuration.maximumUploads)
    waiters = AdmissionLimit(configuration.maximumWaiters)
    streams = AdmissionLimit(configuration.maximumEventStreams)
  }

  // MARK: Reading

  func list(_ request: HTTPRequest) async throws -> HTTPResponse {
    var query = DocumentQuery()
    if let text = request.query["limit"] {
      guard let limit = Int(text), (1...500).contains(limit) else {
        throw GatewayProblem.invalidParameter.error(field: "limit", "The limit is a number from 1 to 500.")
      }
      query.limit = limit
    }
    if let text = request.query["state"] {
      guard let state = DocumentState(rawValue: text), state != .deleted else {
        throw GatewayProblem.invalidParameter.error(
          field: "state", "The state is one of uploaded, processing, enriched and failed.")
      }
      query.state = state
    }
    switch request.query["order"] {
    case nil, "newest"?: query.order = .newestFirst
    case "oldest"?: query.order = .oldestFirst
    default: throw GatewayProblem.invalidParameter.error(field: "order", "The order is newest or oldest.")
    }
    query.cursor = request.query["cursor"].flatMap { $0.isEmpty ? nil : $0 }
    let page = try await Problems.translated { try await documents.list(query) }
    var response = HTTPResponse.bytes(page.jsonValue.bytes, contentType: "application/json")
    response.headers["cache-control"] = "no-store"
    if let next = page.next {
      var items = request.query.items.filter { $0.name != "cursor" }.map { ($0.name, $0.value) }
      items.append(("cursor", next))
      let link = items.map { "\($0.0)=\(PercentEncoding.encode($0.1))" }.joined(separator: "&")
      response.headers["link"] = "</v1/documents?\(link)>; rel=\"next\""
    }
    return response
  }

  func get(_ request: HTTPRequest) async throws -> HTTPResponse {
    let id = try id(request)
    let preferences = Preferences(request.headers)
    var document = try await Problems.translated { try await documents.get(id) }
    var applied: Int?
    if let wait = preferences.wait, !document.isFinished {
      (document, applied) = try await waited(for: document, seconds: wait, request)
    }
    guard document.state != .deleted else {
      throw GatewayProblem.documentDeleted.error("The document \(id) was deleted.")
    }
    let response =
      EntityTags.matches(request.headers, "if-none-match", tag: document.etag)
      ? HTTPResponse(status: .notModified, headers: ["etag": document.etag, "cache-control": "no-cache"])
      : resource(document, status: .ok)
    return prefer(response, applied)
  }

  func content(_ request: HTTPRequest) async throws -> HTTPResponse {
    let id = try id(request)
    let document = try await existing(id)
    let tag = "\"\(document.sha256)\""
    if EntityTags.matches(request.headers, "if-none-match", tag: tag) {
      return HTTPResponse(status: .notModified, headers: ["etag": tag, "cache-control": "no-cache"])
    }
    let ifRange = request.headers["if-range"]
    let range = ByteRange.read(
      ifRange == nil || ifRange == tag ? request.headers["range"] : nil, size: document.size)
    if range == .unsatisfiable {
      var error = GatewayProblem.rangeUnsatisfiable.error("The content has \(document.size) bytes.")
      error.headers["content-range"] = "bytes */\(document.size)"
      throw error
    }
    let part: Range<Int64>? = if case .part(let part) = range { part } else { nil }
    let content = try await Problems.translated { try await documents.content(of: id, range: part) }
    var headers: HTTPHeaders = [
      "content-type": Self.servedType(content.contentType), "etag": tag, "accept-ranges": "bytes",
      "content-disposition": ContentDisposition.attachment(content.name), "cache-control": "no-cache",
      // What strangers uploaded is never run in the origin of the interface.
      "x-content-type-options": "nosniff", "content-security-policy": "sandbox; default-src 'none'",
    ]
    if let digest = SHA256.Digest(hex: content.sha256) { headers["repr-digest"] = ContentDigest.write(digest.bytes) }
    if part != nil {
      headers["content-range"] =
        "bytes \(content.range.lowerBound)-\(content.range.upperBound - 1)/\(content.size)"
    }
    return HTTPResponse(
      status: part == nil ? .ok : HTTPStatus(code: 206), headers: headers,
      body: .stream(length: content.range.count) { writer in
        for try await chunk in content.chunks { try await writer.write(chunk) }
      })
  }

  func text(_ request: HTTPRequest) async throws -> HTTPResponse {
    let id = try id(request)
    let content = try await Problems.translated { try await documents.text(of: id) }
    return HTTPResponse(
      status: .ok,
      headers: [
        "content-type": "text/plain; charset=utf-8", "cache-control": "no-cache",
        "x-content-type-options": "nosniff",
      ],
      body: .stream(length: content.range.count) { writer in
        for try await chunk in content.chunks { try await writer.write(chunk) }
      })
  }

  // MARK: Events

  func events(_ request: HTTPRequest) async throws -> HTTPResponse {
    let id = try id(request)
    let (start, resumes) = try Self.start(request)
    let document = try await Problems.translated { try await documents.get(id) }
    let ticket = try streams.enter("The gateway serves as many event streams as it is allowed to.")
    let stream = try await Problems.translated { try await documents.events(of: id, from: start) }
    var first: DocumentEvent?
    if resumes, document.isFinished {
      // The stream has one reader with one place in it, however often it is asked for an iterator.
      first = try await Problems.translated {
        var iterator = stream.makeAsyncIterator()
        return try await iterator.next()
      }
      // Nothing will ever come: 204 is what keeps a browser from connecting again.
      if first == nil { return HTTPResponse(status: .noContent, headers: ["cache-control": "no-store"]) }
    }
    let options = ServerSentEventOptions(
      farewell: ServerSentEvent(event: "reconnect", data: #"{"reason":"shutting-down"}"#, retry: .seconds(1)))
    return HTTPResponse(
      status: .ok,
      body: .events(options) { [first] writer in
        defer { ticket.leave() }
        if let first { try await writer.send(ServerSentEvent(first)) }
        for try await event in stream { try await writer.send(ServerSentEvent(event)) }
      })
  }

  private static func start(_ request: HTTPRequest) throws -> (DocumentEventStart, resumes: Bool) {
    if let cursor = request.headers["last-event-id"], !cursor.isEmpty { return (.cursor(cursor), true) }
    switch request.query["from"] {
    case nil, ""?, "start"?: return (.start, false)
    case "now"?: return (.now, false)
    case let text?:
      if let time = Date(rfc3339: text) { return (.time(time), false) }
      return (.cursor(text), true)
    }
  }

  // MARK: Deleting

  func delete(_ request: HTTPRequest) async throws -> HTTPResponse {
    let id = try id(request)
    let traceparent = request.traceparent
    let source = try await Problems.translated { try await documents.delete(id, traceparent: traceparent) }
    let receipt: JSONValue = [
      "id": .string(id.description), "state": "deleted",
      "source": [
        "topic": .string(source.topic), "partition": .int(Int64(source.partition)), "offset": .int(source.offset),
      ],
    ]
    return .bytes(receipt.bytes, contentType: "application/json")
  }

  // MARK: Helpers

  func id(_ request: HTTPRequest) throws -> DocumentID {
    let text = try request.parameter("id")
    guard let id = DocumentID(text) else {
      throw GatewayProblem.documentNotFound.error("\(text) is no document's id: they are UUIDs.")
    }
    return id
  }

  private func existing(_ id: DocumentID) async throws -> DocumentResource {
    let document = try await Problems.translated { try await documents.get(id) }
    guard document.state != .deleted else {
      throw GatewayProblem.documentDeleted.error("The document \(id) was deleted.")
    }
    return document
  }

  /// Waits for a document as long as the client would, the configuration allows and the server goes on.
  func waited(
    for document: DocumentResource, seconds: Int, _ request: HTTPRequest
  ) async throws -> (DocumentResource, applied: Int?) {
    let granted = min(seconds, Int(configuration.maximumWait.milliseconds / 1000))
    // Where too many wait already, this one is answered at once: it can come again.
    guard granted > 0, !document.isFinished, !request.drain.isDraining, let ticket = waiters.tryEnter() else {
      return (document, nil)
    }
    defer { ticket.leave() }
    let (documents, drain) = (documents, request.drain)
    let found = try await Problems.translated {
      try await withThrowingTaskGroup(of: DocumentResource?.self) { group in
        group.addTask { try await documents.wait(for: document, timeout: .seconds(granted)) }
        group.addTask {
          await drain.begun()
          return nil
        }
        defer { group.cancelAll() }
        return try await group.next() ?? nil
      }
    }
    return (found ?? document, granted)
  }

  func resource(_ document: DocumentResource, status: HTTPStatus) -> HTTPResponse {
    var response = HTTPResponse.bytes(document.json(), contentType: "application/json", status: status)
    response.headers["etag"] = document.etag
    response.headers["cache-control"] = "no-cache"
    return response
  }

  func prefer(_ response: HTTPResponse, _ applied: Int?) -> HTTPResponse {
    guard let applied else { return response }
    var response = response
    response.headers["preference-applied"] = "wait=\(applied)"
    return response
  }

  /// A declared type that is no media type is served as bytes.
  private static func servedType(_ declared: String) -> String {
    MediaType(declared) == nil ? "application/octet-stream" : declared
  }
}

extension ServerSentEvent {
  init(_ event: DocumentEvent) {
    self.init(id: event.cursor, event: event.type, data: String(decoding: event.data, as: UTF8.self))
  }
}
