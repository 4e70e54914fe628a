import Foundation
import HeadraceCore
import Testing

@testable import HeadraceDocuments

@Suite("Event schemas", .timeLimit(.minutes(2)))
struct EventSchemaTests {
  @Test func dataComesBackAsItWent() throws {
    #expect(try DocumentUploaded(json: Samples.uploadedInline.json()) == Samples.uploadedInline)
    #expect(try DocumentUploaded(json: Samples.uploadedBlob.json()) == Samples.uploadedBlob)
    #expect(try DocumentEnriched(json: Samples.enriched.json()) == Samples.enriched)
    #expect(try DocumentEnriched(json: Samples.enrichedBriefly.json()) == Samples.enrichedBriefly)
    #expect(try DocumentFailed(json: Samples.failed.json()) == Samples.failed)
    #expect(try DocumentFailed(json: Samples.failedBriefly.json()) == Samples.failedBriefly)
    #expect(try DocumentProgressed(json: Samples.progressed.json()) == Samples.progressed)
  }

  @Test func theFieldsAreThoseOfTheContract() throws {
    let uploaded = String(decoding: try Samples.uploadedInline.json(), as: UTF8.self)
    #expect(
      uploaded
        == #"{"contentType":"text/plain","documentId":"0199a2c4-7d1e-7a3b-8c5d-0123456789ab","name":"a.txt","#
        + #""sha256":"\#(Samples.sha256)","size":5,"tenant":"default","text":"hé\"\\\u0000"}"#)
    let progressed = String(decoding: try Samples.progressed.json(), as: UTF8.self)
    #expect(
      progressed
        == #"{"documentId":"0199a2c4-7d1e-7a3b-8c5d-0123456789ab","done":2,"stage":"model","total":5}"#)
    let enriched = try JSONValue(parsing: Samples.enriched.json())
    #expect(
      enriched.members?.map(\.name) == [
        "category", "contentType", "documentId", "extraction", "keywords", "language", "languages", "name",
        "provenance", "sha256", "size", "summary", "title", "topics",
      ])
    #expect(
      enriched["provenance"]?.members?.map(\.name) == [
        "attempts", "calls", "cost", "inputTokens", "journalHits", "milliseconds", "model", "outputTokens",
        "priceTable", "processor", "promptId", "promptVersion", "provider", "route", "runId", "source", "version",
      ])
    #expect(enriched["provenance"]?["cost"] == ["amount": "0.0012", "currency": "USD"])
  }

  @Test func everyTypeHasItsSchemaWhereTheEventSaysSo() throws {
    let paths = [
      DocumentUploaded.schemaPath, DocumentEnriched.schemaPath, DocumentFailed.schemaPath,
      DocumentProgressed.schemaPath,
    ]
    #expect(paths.first == "/schemas/headrace.document.uploaded/v1.schema.json")
    for path in paths {
      let schema = try JSONValue(parsing: [UInt8](Data(contentsOf: URL(filePath: TestPython.root.path + path))))
      #expect(schema["$schema"] == "https://json-schema.org/draft/2020-12/schema")
    }
  }

  @Test(.enabled(if: TestPython.has("jsonschema"), "needs PyPI's jsonschema (ops/setup --tests)"))
  func everythingWrittenIsValidByTheSchemas() async throws {
    let lines = try Samples.all().map { "\($0.type)\t\(String(decoding: $0.json, as: UTF8.self))\n" }
    let script = """
      import json, sys, os
      from jsonschema import Draft202012Validator
      def closed(schema):
        # What the code writes must be declared: here nothing undeclared passes.
        if isinstance(schema, dict):
          if schema.get("type") == "object" and "additionalProperties" not in schema: schema["additionalProperties"] = False
          for value in schema.values(): closed(value)
        elif isinstance(schema, list):
          for value in schema: closed(value)
        return schema
      seen = 0
      for line in sys.stdin.buffer.read().decode().split("\\n")[:-1]:
        kind, data = line.split("\\t", 1)
        base, version = kind.rsplit(".", 1)
        schema = json.load(open(os.path.join(sys.argv[1], "schemas", base, version + ".schema.json")))
        Draft202012Validator.check_schema(schema)
        errors = list(Draft202012Validator(closed(schema)).iter_errors(json.loads(data)))
        assert not errors, (kind, errors)
        broken = json.loads(data)
        broken.pop("documentId", None); broken.pop("fingerprint", None)
        assert list(Draft202012Validator(schema).iter_errors(broken)), kind
        seen += 1
      print(seen)
      """
    let answer = try await TestPython.run(script, input: Data(lines.joined().utf8), arguments: [TestPython.root.path])
    #expect(answer == "8\n")
  }

  @Test(.enabled(if: TestPython.has("cloudevents"), "needs PyPI's cloudevents (ops/setup --tests)"))
  func recordsAreReadBackByAnotherImplementation() async throws {
    let event = CloudEvent(
      id: "document.uploads/3/17/0", source: "/headrace/abc/enricher", type: DocumentEnriched.eventType,
      subject: Samples.id.description, time: Date(timeIntervalSince1970: 1_760_000_000.125),
      dataContentType: "application/json", dataSchema: DocumentEnriched.schemaPath,
      extensions: ["partitionkey": Samples.id.description, "tenant": "default"], data: try Samples.enriched.json())
    let headers = event.kafkaHeaders.map { [$0.name, String(decoding: $0.value ?? [], as: UTF8.self)] }
    let record: [String: Any] = ["headers": headers, "value": String(decoding: event.data ?? [], as: UTF8.self)]
    let script = """
      import json, sys
      from cloudevents.kafka import from_binary, KafkaMessage
      record = json.load(sys.stdin)
      message = KafkaMessage(headers={k: v.encode() for k, v in record["headers"]}, key=None, value=record["value"].encode())
      event = from_binary(message)
      print(event["id"], event["source"], event["type"], event["subject"], event["time"], event["dataschema"], event["tenant"], event["partitionkey"], event.data["title"])
      """
    let answer = try await TestPython.run(script, input: JSONSerialization.data(withJSONObject: record))
    #expect(
      answer
        == "document.uploads/3/17/0 /headrace/abc/enricher headrace.document.enriched.v1 \(Samples.id) "
        + "2025-10-09T08:53:20.125Z /schemas/headrace.document.enriched/v1.schema.json default \(Samples.id) Title\n")
  }
}
