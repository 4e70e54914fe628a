import FoundationEssentials
import HeadraceCore
import Testing

@testable import HeadraceDocuments

/// The fold of a document's records must not depend on how the topics interleave.
@Suite("Document row", .timeLimit(.minutes(1)))
struct DocumentRowTests {
  /// All ways to interleave lists that keep their own order.
  private func interleavings(_ lists: [[ViewRecord]]) -> [[ViewRecord]] {
    if lists.allSatisfy(\.isEmpty) { return [[]] }
    return lists.indices.flatMap { index -> [[ViewRecord]] in
      guard let first = lists[index].first else { return [] }
      var rest = lists
      rest[index].removeFirst()
      return interleavings(rest).map { [first] + $0 }
    }
  }

  private func fold(_ records: [ViewRecord]) -> DocumentRow {
    var row = DocumentRow(id: Samples.id, partition: 3)
    for record in records { _ = row.merge(record) }
    return row
  }

  private func expectOneResult(_ lists: [[ViewRecord]]) -> DocumentRow {
    let results = Set(interleavings(lists).map(fold))
    #expect(results.count == 1)
    return results.first!
  }

  @Test func everyInterleavingOfTheTopicsGivesTheSameRow() throws {
    let uploads = [try ViewRecord.sample(Samples.uploadedInline, offset: 17)]
    let steps = try [("extract", 0), ("extract", 1), ("model", 1)].enumerated().map { index, step in
      try ViewRecord.sample(
        DocumentProgressed(
          documentID: Samples.id,
          progress: DocumentProgress(stage: .init(rawValue: step.0)!, done: step.1, total: 1)),
        offset: 30 + Int64(index))
    }
    let processing = expectOneResult([uploads, steps])
    #expect(processing.state == .processing)
    #expect(processing.resource.progress == DocumentProgress(stage: .model, done: 1, total: 1))
    let enriched = expectOneResult([uploads, steps, [try .sample(Samples.enriched, offset: 5)]])
    #expect(enriched.state == .enriched)
    #expect(enriched.resource.metadata?["title"] == "Title")
    #expect(enriched.resource.progress == nil)
    #expect(enriched.resource.source == Samples.source)
  }

  @Test func theLaterOutcomeWinsAndDeletedStaysDeleted() throws {
    let uploads = [try ViewRecord.sample(Samples.uploadedInline, offset: 17)]
    let outcomes = [try ViewRecord.sample(Samples.failed, offset: 4), try .sample(Samples.enriched, offset: 9)]
    #expect(expectOneResult([uploads, outcomes]).state == .enriched)

    let deletion = ViewRecord.tombstone(topic: PlatformTopics.uploads, offset: 40)
    let answer = ViewRecord.tombstone(topic: PlatformTopics.metadata, offset: 12)
    let late = try ViewRecord.sample(Samples.uploadedBlob, offset: 41)
    let steps = [try ViewRecord.sample(Samples.progressed, offset: 2)]
    let row = expectOneResult([uploads + [deletion, late], outcomes + [answer], steps])
    #expect(row.state == .deleted)
    #expect(row.upload == nil && row.outcome == nil && row.progress == nil)
    #expect(row.deletion?.topic == PlatformTopics.uploads && row.deletion?.offset == 40)
  }

  @Test func theFirstUploadWinsAndItsNewestCopyGivesTheContent() throws {
    let first = try ViewRecord.sample(Samples.uploadedInline, offset: 17)
    var other = Samples.uploadedInline
    other.sha256 = String(repeating: "ee", count: 32)
    other.name = "other.txt"
    let conflict = try ViewRecord.sample(other, offset: 18)
    let copy = try ViewRecord.sample(Samples.uploadedInline, offset: 19)
    var row = fold([first, conflict, copy])
    #expect(row.upload?.offset == 17)
    #expect(row.upload?.contentOffset == 19)
    #expect(row.resource.name == "a.txt")
    // The same records again change nothing.
    let before = row
    for record in [first, conflict, copy] {
      let isChanged = row.merge(record)
      #expect(!isChanged)
    }
    #expect(row == before)
    // After compaction only the copy is left.
    #expect(fold([copy]).resource.sha256 == Samples.sha256)
  }

  @Test func recordsThatAreNotOursAreToldApart() throws {
    let headers = CloudEvent(id: "1", source: "/x", type: "something.else.v1").kafkaHeaders
    let key = Samples.id.key
    let place = RecordCoordinate(topic: PlatformTopics.uploads, partition: 0, offset: 0)
    func read(_ key: [UInt8]?, _ value: [UInt8]?, _ headers: [RecordHeader]) throws -> ViewRecord {
      try ViewRecord(coordinate: place, key: key, value: value, headers: headers, timeMilliseconds: 0)
    }
    #expect(throws: ViewRecord.Unreadable.self) { try read(nil, [], headers) }
    #expect(throws: ViewRecord.Unreadable.self) { try read(Array("nonsense".utf8), [], headers) }
    #expect(throws: ViewRecord.Unreadable.self) { try read(key, Array("{}".utf8), headers) }
    #expect(throws: ViewRecord.Unreadable.self) { try read(key, Array("{}".utf8), []) }
    let uploaded = CloudEvent(id: "1", source: "/x", type: DocumentUploaded.eventType).kafkaHeaders
    #expect(throws: ViewRecord.Unreadable.self) { try read(key, Array("{".utf8), uploaded) }
    #expect(throws: ViewRecord.Unreadable.self) { try read(key, Array("{}".utf8), uploaded) }
    // A tombstone counts, whoever wrote it.
    #expect(try read(key, nil, []).content == .deleted)
  }

  @Test func theResourceIsThatOfTheContract() throws {
    let row = fold([
      try .sample(Samples.uploadedInline, offset: 17), try .sample(Samples.progressed, offset: 3),
    ])
    let text = String(decoding: row.resource.json(), as: UTF8.self)
    let id = Samples.id.description
    #expect(
      text
        == #"{"id":"\#(id)","name":"a.txt","contentType":"text/plain","size":5,"sha256":"\#(Samples.sha256)","#
        + #""state":"processing","source":{"topic":"document.uploads","partition":3,"offset":17},"#
        + #""uploadedAt":"2026-11-24T00:00:00.000Z","progress":{"stage":"model","done":2,"total":5},"#
        + #""links":{"self":"/v1/documents/\#(id)","events":"/v1/documents/\#(id)/events","#
        + #""content":"/v1/documents/\#(id)/content","text":"/v1/documents/\#(id)/text"}}"#)
    #expect(row.resource.etag.hasPrefix("\"") && row.resource.etag.count == 34)
    var moved = row
    _ = moved.merge(try .sample(Samples.enriched, offset: 1))
    #expect(moved.resource.etag != row.resource.etag)
  }
}

extension ViewRecord {
  /// A record with an event's data, at an offset of partition 3 of its topic.
  static func sample<Event: PlatformEvent>(
    _ event: Event, offset: Int64, id: DocumentID = Samples.id, partition: Int32 = 3, eventID: String? = nil,
    time: Int64 = 1_795_478_400_000
  ) throws -> ViewRecord {
    let topic =
      switch Event.eventType {
      case DocumentUploaded.eventType: PlatformTopics.uploads
      case DocumentProgressed.eventType: PlatformTopics.progress
      default: PlatformTopics.metadata
      }
    let attributes = CloudEvent(
      id: eventID ?? "\(topic)/\(partition)/\(offset)/0", source: "/headrace/test/x", type: Event.eventType,
      subject: id.description, time: Date(milliseconds: time))
    return try ViewRecord(
      coordinate: RecordCoordinate(topic: topic, partition: partition, offset: offset), key: id.key,
      value: try event.json(), headers: attributes.kafkaHeaders, timeMilliseconds: time)
  }

  static func tombstone(
    topic: String, offset: Int64, id: DocumentID = Samples.id, partition: Int32 = 3
  ) -> ViewRecord {
    try! ViewRecord(
      coordinate: RecordCoordinate(topic: topic, partition: partition, offset: offset), key: id.key, value: nil,
      headers: [], timeMilliseconds: 1_795_478_400_000)
  }
}
