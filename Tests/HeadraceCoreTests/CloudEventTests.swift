import FoundationEssentials
import HeadraceCore
import Testing

@Suite struct CloudEventTests {
  private let event = CloudEvent(
    id: "document.uploads/3/17/0", source: "/headrace/c/enricher", type: "headrace.document.enriched.v1",
    subject: "id", time: Date(milliseconds: 1_795_503_156_120), dataContentType: "application/json",
    dataSchema: "/schemas/x/1.schema.json", extensions: ["tenant": "default", "partitionkey": "id"],
    data: Array("{}".utf8))

  @Test func roundTripsThroughKafka() throws {
    var headers = event.kafkaHeaders
    headers.append(RecordHeader("other", [0xff]))
    #expect(try CloudEvent(kafkaHeaders: headers, value: event.data) == event)
    #expect(headers[text: "ce_time"] == "2026-11-24T06:52:36.120Z")
  }

  @Test(arguments: ["ce_id", "ce_source", "ce_type", "ce_specversion"])
  func requiredAttributes(name: String) {
    let headers = event.kafkaHeaders.filter { $0.name != name }
    #expect(throws: CloudEvent.KafkaBindingError.missing(attribute: String(name.dropFirst(3)))) {
      try CloudEvent(kafkaHeaders: headers, value: nil)
    }
  }

  @Test func otherVersionsAndBrokenTextAreRefused() {
    let other = [RecordHeader("ce_specversion", "0.3")]
    #expect(throws: CloudEvent.KafkaBindingError.self) { try CloudEvent(kafkaHeaders: other, value: nil) }
    let broken = event.kafkaHeaders + [RecordHeader("ce_tenant", [0xff])]
    #expect(throws: CloudEvent.KafkaBindingError.self) { try CloudEvent(kafkaHeaders: broken, value: nil) }
  }
}
