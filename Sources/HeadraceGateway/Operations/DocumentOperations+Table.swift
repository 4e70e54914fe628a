internal import HeadraceCore
internal import HeadraceHTTPServer

extension DocumentOperations {
  private typealias Parameter = GatewayOperation.Parameter

  private static let id = Parameter(
    "id", .path, "The document's id, as its receipt has it.", schema: ["type": "string", "format": "uuid"])
  private static let prefer = Parameter(
    "Prefer", .header,
    "`wait=N` waits up to N seconds for the document to be finished; what was granted is echoed in Preference-Applied.")
  private static let ifNoneMatch = Parameter(
    "If-None-Match", .header, "An ETag that the client has: 304 where it still holds.")
  private static let document: [(type: String, schema: JSONValue)] = [
    ("application/json", Schemas.reference("Document"))
  ]
  private static let tagged: [(name: String, text: String)] = [
    ("ETag", "Changes with the document's state."), ("Preference-Applied", "What of Prefer was granted."),
  ]
  private static let problems: [GatewayProblem] = [.overloaded, .viewBehind, .logUnavailable, .internalServerError]

  /// Everything under `/v1/documents`.
  var all: [GatewayOperation] { [uploading, listing, getting, deleting, reading, readingText, listening] }

  private var uploading: GatewayOperation {
    GatewayOperation(
      .post, "/v1/documents", id: "uploadDocument", tag: "Documents", summary: "Hand in a document",
      text: """
        The body is the document, with its own Content-Type and its name in `?name=` or Content-Disposition; or a form \
        with a part named `file` and the optional fields `name`, `language` and `metadata` (a JSON object of strings). The \
        answer 202 is sent when the log has acknowledged the upload with acks=all; the work on \
        it goes on in the background.
        """,
      parameters: [
        Parameter("name", .query, "The document's name."),
        Parameter(
          "Content-Disposition", .header, "The document's name, as `attachment; filename=\"a.txt\"`.",
          schema: ["type": "string", "pattern": "^[a-z-]+(; filename=\"[^\"]*\")?$"]),
        Parameter("Content-Language", .header, "The document's language (BCP 47), where it is known."),
        Parameter(
          "Content-Digest", .header, "`sha-256=:BASE64:`: the body is refused where its digest is another one."),
        Parameter(
          "Idempotency-Key", .header,
          "1 to 255 visible ASCII characters. The same key with the same bytes gives the same document, on any replica."
        ),
        Parameter("Prefer", .header, "`wait=N` waits up to N seconds and answers 200 with the finished document."),
        Parameter("X-Correlation-Id", .header, "Found again in every event about the document."),
        Parameter("traceparent", .header, "The trace that the request belongs to (W3C)."),
      ],
      requestContent: [
        ("*/*", ["type": "string", "format": "binary"]),
        (
          "multipart/form-data",
          [
            "type": "object", "required": ["file"],
            "properties": [
              "name": ["type": "string"], "language": ["type": "string"],
              "metadata": ["type": "string", "description": "A JSON object of strings."],
              "file": ["type": "string", "format": "binary"],
            ],
          ]
        ),
      ],
      responses: [
        .init(
          202, "The upload is in the log.", Self.document,
          headers: [
            ("Location", "The document."), ("Retry-After", "Seconds after which to look again."),
            ("ETag", "Changes with the document's state."),
          ],
          links: [
            "getDocument", "getDocumentContent", "getDocumentText", "streamDocumentEvents", "deleteDocument",
          ]),
        .init(200, "The client waited, and the document is finished.", Self.document, headers: Self.tagged),
      ],
      problems: [
        .documentTooLarge, .lengthRequired, .digestMismatch, .invalidDigest, .unsupportedMediaType,
        .unsupportedContentEncoding, .malformedMultipart, .invalidParameter, .invalidUpload, .idempotencyConflict,
        .invalidIdempotencyKey, .documentDeleted, .storageFull, .storageUnavailable,
      ] + Self.problems,
      // A form is a little longer than its file.
      bodyLimit: Int(clamping: configuration.maximumDocumentBytes + (128 << 10)), handler: upload)
  }

  private var listing: GatewayOperation {
    GatewayOperation(
      .get, "/v1/documents", id: "listDocuments", tag: "Documents", summary: "List documents",
      text: "Pages in the order in which the log took the uploads; deleted documents are not listed.",
      parameters: [
        Parameter(
          "limit", .query, "The most on a page.",
          schema: ["type": "integer", "minimum": 1, "maximum": 500, "default": 50]),
        Parameter("cursor", .query, "Where the page begins: `next` of the page before."),
        Parameter(
          "state", .query, "Only documents in this state.",
          schema: ["type": "string", "enum": ["uploaded", "processing", "enriched", "failed"]]),
        Parameter(
          "order", .query, "The latest or the earliest first.",
          schema: ["type": "string", "enum": ["newest", "oldest"], "default": "newest"]),
      ],
      responses: [
        .init(
          200, "A page.", [("application/json", Schemas.reference("DocumentPage"))],
          headers: [("Link", "The next page, with rel=\"next\".")])
      ],
      problems: [.invalidParameter, .invalidCursor] + Self.problems, computes: true, handler: list)
  }

  private var getting: GatewayOperation {
    GatewayOperation(
      .get, "/v1/documents/{id}", id: "getDocument", tag: "Documents", summary: "Look at a document",
      text: "A document that was just acknowledged is found on any replica.",
      parameters: [Self.id, Self.prefer, Self.ifNoneMatch],
      responses: [
        .init(200, "The document.", Self.document, headers: Self.tagged),
        .init(304, "It is as the client has it."),
      ],
      problems: [.documentNotFound, .documentDeleted] + Self.problems, handler: get)
  }

  private var deleting: GatewayOperation {
    GatewayOperation(
      .delete, "/v1/documents/{id}", id: "deleteDocument", tag: "Documents", summary: "Delete a document",
      text: "Writes a tombstone; content, metadata and views follow it.",
      parameters: [Self.id],
      responses: [
        .init(
          200, "The deletion is in the log.", [("application/json", Schemas.reference("Deletion"))])
      ],
      problems: [.documentNotFound, .documentDeleted] + Self.problems, handler: delete)
  }

  private var reading: GatewayOperation {
    GatewayOperation(
      .get, "/v1/documents/{id}/content", id: "getDocumentContent", tag: "Documents",
      summary: "Get a document's bytes as they came",
      parameters: [
        Self.id, Self.ifNoneMatch, Parameter("Range", .header, "One range of bytes."),
        Parameter("If-Range", .header, "An ETag: the range is honoured where it still holds."),
      ],
      responses: [
        .init(
          200, "The bytes.", [("*/*", ["type": "string", "format": "binary"])],
          headers: [("ETag", "The content's SHA-256."), ("Repr-Digest", "The content's SHA-256.")]),
        .init(206, "A range of the bytes.", [("*/*", ["type": "string", "format": "binary"])]),
        .init(304, "They are as the client has them."),
      ],
      problems: [.documentNotFound, .documentDeleted, .contentUnavailable, .rangeUnsatisfiable, .storageUnavailable]
        + Self.problems, handler: content)
  }

  private var readingText: GatewayOperation {
    GatewayOperation(
      .get, "/v1/documents/{id}/text", id: "getDocumentText", tag: "Documents",
      summary: "Get the text that was extracted",
      parameters: [Self.id],
      responses: [.init(200, "The text, in UTF-8.", [("text/plain", ["type": "string"])])],
      problems: [.documentNotFound, .documentDeleted, .textNotReady, .textUnavailable, .storageUnavailable]
        + Self.problems, handler: text)
  }

  private var listening: GatewayOperation {
    GatewayOperation(
      .get, "/v1/documents/{id}/events", id: "streamDocumentEvents", tag: "Events",
      summary: "Follow what happens to a document",
      text: """
        Server-sent events: what has happened, then what happens, until the document is finished. `event` is the \
        CloudEvents type, `data` the event's data, `id` a cursor that any replica understands: a client that comes \
        again with `Last-Event-ID` misses nothing and sees nothing twice. `event: reset` says that events before this \
        place have expired; `event: reconnect` that the gateway is about to stop.
        """,
      parameters: [
        Self.id, Parameter("Last-Event-ID", .header, "The cursor of the last event that the client has."),
        Parameter("from", .query, "`start` (the default), `now`, a cursor, or a time (RFC 3339)."),
      ],
      responses: [
        .init(200, "A stream of events.", [("text/event-stream", Schemas.reference("StreamedEvent"))]),
        .init(204, "The document is finished and the client has everything."),
      ],
      problems: [.documentNotFound, .documentDeleted, .invalidCursor] + Self.problems, handler: events)
  }
}
