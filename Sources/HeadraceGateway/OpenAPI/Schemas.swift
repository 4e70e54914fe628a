internal import HeadraceCore

/// The shapes of what is sent, as JSON Schema (2020-12).
enum Schemas {
  static func reference(_ name: String) -> JSONValue {
    .object([.init("$ref", .string("#/components/schemas/\(name)"))])
  }

  private static let coordinate: JSONValue = [
    "type": "object", "description": "A place in the log.", "required": ["topic", "partition", "offset"],
    "properties": [
      "topic": ["type": "string"], "partition": ["type": "integer"], "offset": ["type": "integer"],
    ],
  ]

  private static let document: JSONValue = [
    "type": "object", "required": ["id", "name", "contentType", "size", "sha256", "state", "links"],
    "properties": [
      "id": ["type": "string", "format": "uuid"],
      "name": ["type": "string"],
      "contentType": ["type": "string", "description": "As declared."],
      "size": ["type": "integer", "description": "Bytes."],
      "sha256": ["type": "string", "pattern": "^[0-9a-f]{64}$"],
      "state": ["type": "string", "enum": ["uploaded", "processing", "enriched", "failed", "deleted"]],
      "source": coordinate,
      "uploadedAt": ["type": "string", "format": "date-time"],
      "progress": [
        "type": "object", "required": ["stage", "done", "total"],
        "properties": [
          "stage": ["type": "string", "enum": ["extract", "chunk", "model", "write"]],
          "done": ["type": "integer"], "total": ["type": "integer"],
        ],
      ],
      "metadata": [
        "type": "object",
        "description":
          "The data of headrace.document.enriched.v1; its schema is /schemas/headrace.document.enriched/v1.schema.json.",
      ],
      "error": [
        "type": "object", "required": ["reason", "title", "detail"],
        "properties": ["reason": ["type": "string"], "title": ["type": "string"], "detail": ["type": "string"]],
      ],
      "links": [
        "type": "object", "required": ["self", "events", "content", "text"],
        "properties": [
          "self": ["type": "string"], "events": ["type": "string"], "content": ["type": "string"],
          "text": ["type": "string"],
        ],
      ],
    ],
  ]

  private static let problem: JSONValue = [
    "type": "object", "description": "An error (RFC 9457).", "required": ["type", "title", "status"],
    "properties": [
      "type": ["type": "string", "description": "Leads to a page that explains it."],
      "title": ["type": "string"], "status": ["type": "integer"], "detail": ["type": "string"],
      "instance": ["type": "string"], "traceid": ["type": "string"],
      "errors": [
        "type": "array",
        "items": [
          "type": "object", "properties": ["field": ["type": "string"], "detail": ["type": "string"]],
        ],
      ],
    ],
  ]

  static let all: JSONValue = [
    "Document": document,
    "DocumentPage": [
      "type": "object", "required": ["documents"],
      "properties": [
        "documents": ["type": "array", "items": reference("Document")],
        "next": ["type": "string", "description": "The cursor of the next page; absent on the last."],
      ],
    ],
    "Deletion": [
      "type": "object", "required": ["id", "state", "source"],
      "properties": [
        "id": ["type": "string", "format": "uuid"], "state": ["type": "string", "enum": ["deleted"]],
        "source": coordinate,
      ],
    ],
    "Readiness": [
      "type": "object", "required": ["status", "dependencies"],
      "properties": [
        "status": ["type": "string", "enum": ["ready", "notReady", "draining"]],
        "dependencies": [
          "type": "array",
          "items": [
            "type": "object", "required": ["name", "ready"],
            "properties": [
              "name": ["type": "string"], "ready": ["type": "boolean"], "detail": ["type": "string"],
            ],
          ],
        ],
      ],
    ],
    "Problem": problem,
    "StreamedEvent": [
      "type": "object", "description": "One event of a stream, field by field.", "required": ["event", "data"],
      "properties": [
        "id": ["type": "string", "description": "A cursor: what a client sends back as Last-Event-ID."],
        "event": ["type": "string", "description": "The CloudEvents type, `reset` or `reconnect`."],
        "data": ["type": "string", "description": "The event's data as one line of JSON."],
      ],
    ],
  ]
}
