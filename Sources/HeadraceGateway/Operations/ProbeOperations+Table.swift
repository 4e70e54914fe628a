internal import HeadraceCore
internal import HeadraceHTTPServer

extension ProbeOperations {
  /// Everything that is not about documents.
  var all: [GatewayOperation] {
    [
      GatewayOperation(
        .get, "/livez", id: "isLive", tag: "Operations", summary: "Is the process alive?",
        responses: [.init(200, "It answers.", [("application/json", ["type": "object"])])], handler: live),
      GatewayOperation(
        .get, "/readyz", id: "isReady", tag: "Operations", summary: "Is everything there that the gateway needs?",
        responses: [
          .init(200, "It is.", [("application/json", Schemas.reference("Readiness"))]),
          .init(
            503, "Something is missing, or the gateway drains.", [("application/json", Schemas.reference("Readiness"))]),
        ], handler: ready),
      GatewayOperation(
        .get, "/metrics", id: "getMetrics", tag: "Operations", summary: "Numbers for Prometheus",
        responses: [.init(200, "Prometheus' text format.", [("text/plain", ["type": "string"])])],
        computes: true, handler: scrape),
      GatewayOperation(
        .get, "/problems/{name}", id: "explainProblem", tag: "Operations", summary: "What an error means",
        text: "The `type` of every problem document leads here.",
        parameters: [
          .init(
            "name", .path, "The last part of the problem's `type`.",
            schema: ["type": "string", "enum": .array(GatewayProblem.all.map { .string($0.name) })])
        ],
        responses: [.init(200, "A page of Markdown.", [("text/markdown", ["type": "string"])])],
        problems: [.notFound], handler: problem),
      GatewayOperation(
        .get, "/schemas/{type}/{version}", id: "getEventSchema", tag: "Events",
        summary: "The schema of an event's data",
        text: "`dataschema` of every event leads here.",
        parameters: [
          .init(
            "type", .path, "The event's type without its version: `headrace.document.enriched`.",
            schema: ["type": "string", "pattern": "^[a-z.]{1,80}$"]),
          .init(
            "version", .path, "`v1.schema.json`", schema: ["type": "string", "pattern": "^v[1-9]\\.schema\\.json$"]),
        ],
        responses: [.init(200, "JSON Schema (2020-12).", [("application/schema+json", ["type": "object"])])],
        problems: [.notFound], handler: schema),
    ]
  }
}
