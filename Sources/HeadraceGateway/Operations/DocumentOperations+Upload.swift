internal import FoundationEssentials
internal import HeadraceCore
internal import HeadraceDocuments
internal import HeadraceHTTPServer

extension DocumentOperations {
  /// `POST /v1/documents`: the bytes as they are, or a form with a file.
  func upload(_ request: HTTPRequest) async throws -> HTTPResponse {
    // What can be refused by the head is refused before the client is asked for the body.
    let type = try Self.mediaType(request)
    guard request.headers["content-length"] != nil || request.headers["transfer-encoding"] != nil else {
      throw GatewayProblem.lengthRequired.error("A document is sent as the request's body, with its Content-Length.")
    }
    let digest = try Self.digest(ContentDigest.read(request.headers))
    let key = try Self.idempotencyKey(request)
    if type.essence != "multipart/form-data", let length = request.body.length,
      Int64(length) > configuration.maximumDocumentBytes
    {
      throw tooLarge()
    }
    let ticket = try uploads.enter("The gateway takes as many uploads at a time as it is allowed to.")
    defer { ticket.leave() }

    let started = ContinuousClock.now
    let acceptance: DocumentAcceptance
    if type.essence == "multipart/form-data" {
      let bytes = RequestBytes(request.body, expected: digest?.bytes)
      let reader = try MultipartReader(bytes, boundary: type.parameters["boundary"] ?? "")
      let file = try await reader.fileHead()
      let upload = try formUpload(request, reader.fields, file, key)
      reader.check = { fields in _ = try formUpload(request, fields, file, key) }
      acceptance = try await Problems.translated {
        try await documents.accept(upload, body: reader.file) { upload in
          upload = try formUpload(request, reader.fields, file, key)
        }
      }
    } else {
      let upload = try rawUpload(request, type, key, digest)
      acceptance = try await Problems.translated { try await documents.accept(upload, body: request.body) }
    }
    request.timings?.add("accept", ContinuousClock.now - started)
    return try await receipt(acceptance, request)
  }

  /// 202 with a receipt; or, where the client waits and the document was finished meanwhile, 200 with the result.
  private func receipt(_ acceptance: DocumentAcceptance, _ request: HTTPRequest) async throws -> HTTPResponse {
    let preferences = Preferences(request.headers)
    var document = acceptance.document
    var applied: Int?
    if let wait = preferences.wait {
      let started = ContinuousClock.now
      do {
        (document, applied) = try await waited(for: document, seconds: wait, request)
      } catch let error as HTTPError where error.status.code >= 500 {
        // The upload is in the log: a view that is behind must not turn its receipt into an error.
        document = acceptance.document
      }
      request.timings?.add("wait", ContinuousClock.now - started)
    }
    let isDone = preferences.wait != nil && document.isFinished && document.state != .deleted
    var response = resource(document, status: isDone ? .ok : .accepted)
    response.headers["location"] = "/v1/documents/\(document.id)"
    if !isDone { response.headers["retry-after"] = "1" }
    if preferences.respondAsync, applied == nil {
      response.headers["preference-applied"] = "respond-async"
    }
    return prefer(response, applied)
  }

  // MARK: What the head says

  private func rawUpload(
    _ request: HTTPRequest, _ type: MediaType, _ key: String?, _ digest: SHA256.Digest?
  ) throws -> DocumentUpload {
    var name = request.query["name"]
    if let text = request.headers["content-disposition"] {
      guard let disposition = ContentDisposition(text) else {
        throw GatewayProblem.invalidParameter.error(field: "Content-Disposition", "Content-Disposition is malformed.")
      }
      name = name ?? disposition.filename ?? disposition.name
    }
    var upload = DocumentUpload(name: name ?? "", contentType: type.essence)
    upload.charset = type.parameters["charset"]
    upload.language = request.headers["content-language"]
    upload.expectedSHA256 = digest
    return completed(upload, request, key)
  }

  private func formUpload(
    _ request: HTTPRequest, _ fields: [String: String], _ file: MultipartParser.Part, _ key: String?
  ) throws -> DocumentUpload {
    let declared = file.contentType ?? "application/octet-stream"
    guard let type = MediaType(declared) else {
      throw GatewayProblem.unsupportedMediaType.error("The file's Content-Type is no media type.")
    }
    var upload = DocumentUpload(
      name: fields["name"] ?? request.query["name"] ?? file.filename ?? "", contentType: type.essence)
    upload.charset = type.parameters["charset"]
    upload.language = fields["language"]
    if let text = file.contentDigest {
      upload.expectedSHA256 = try Self.digest(ContentDigest.read(["content-digest": text]))
    }
    if let text = fields["metadata"] {
      guard let value = try? JSONValue(parsing: text), let members = value.members else {
        throw GatewayProblem.invalidParameter.error(field: "metadata", "The metadata is a JSON object of strings.")
      }
      for member in members {
        guard let string = member.value.string else {
          throw GatewayProblem.invalidParameter.error(field: "metadata", "The metadata is a JSON object of strings.")
        }
        upload.metadata[member.name] = string
      }
    }
    for name in fields.keys where !["name", "language", "metadata"].contains(name) {
      throw GatewayProblem.invalidParameter.error(
        field: name, "The form's fields are name, language, metadata and file.")
    }
    return completed(upload, request, key)
  }

  private func completed(_ upload: DocumentUpload, _ request: HTTPRequest, _ key: String?) -> DocumentUpload {
    var upload = upload
    upload.idempotencyKey = key
    upload.maximumSize = configuration.maximumDocumentBytes
    upload.traceparent = request.traceparent
    upload.correlationID = request.headers["x-correlation-id"].map { String($0.prefix(128)) }
    return upload
  }

  private static func mediaType(_ request: HTTPRequest) throws -> MediaType {
    let encodings = request.headers.list("content-encoding").filter { $0.lowercased() != "identity" }
    guard encodings.isEmpty else {
      var error = GatewayProblem.unsupportedContentEncoding.error(
        "The body is encoded as \(encodings.joined(separator: ", ")); send it as it is.")
      error.headers["accept-encoding"] = "identity"
      throw error
    }
    guard let text = request.headers["content-type"] else {
      return .bytes
    }
    guard let type = MediaType(text) else {
      throw GatewayProblem.unsupportedMediaType.error("Content-Type is no media type: \(text)")
    }
    if type.essence == "application/x-www-form-urlencoded" {
      throw GatewayProblem.unsupportedMediaType.error(
        "This is what curl says where nobody says anything: give the document's own Content-Type, or send a form (curl -F file=@…)."
      )
    }
    if type.essence.hasPrefix("multipart/"), type.essence != "multipart/form-data" {
      throw GatewayProblem.unsupportedMediaType.error("Of the multipart types only multipart/form-data is taken.")
    }
    return type
  }

  private static func idempotencyKey(_ request: HTTPRequest) throws -> String? {
    let keys = request.headers.values(for: "idempotency-key")
    guard let key = keys.first else { return nil }
    guard keys.count == 1, (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw GatewayProblem.invalidIdempotencyKey.error("An Idempotency-Key is 1 to 255 visible ASCII characters.")
    }
    return key
  }

  private static func digest(_ outcome: ContentDigest.Outcome) throws -> SHA256.Digest? {
    switch outcome {
    case .none: nil
    case .sha256(let bytes): SHA256.Digest(bytes: bytes)
    case .malformed:
      throw GatewayProblem.invalidDigest.error("A digest is written sha-256=:BASE64: with 32 bytes.")
    }
  }

  func tooLarge() -> HTTPError {
    GatewayProblem.documentTooLarge.error(
      "A document may have up to \(configuration.maximumDocumentBytes) bytes.",
      members: [.init("maximumBytes", .int(configuration.maximumDocumentBytes))])
  }
}
