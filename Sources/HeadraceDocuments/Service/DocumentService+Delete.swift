internal import FoundationEssentials
public import HeadraceCore
internal import HeadraceKafka

// Deleting documents.
extension DocumentService {
  /// Deletes a document: writes a tombstone, which removes the upload and its content from the log as it is compacted,
  /// and makes the enricher remove the metadata. Blobs are swept when no other document shares them.
  ///
  /// - Parameters:
  ///   - id: The document.
  ///   - traceparent: The trace that the deletion belongs to.
  /// - Returns: The tombstone's place, acknowledged with acks=all. This replica's view has passed it as a rule.
  /// - Throws: ``DocumentError/Code/notFound``; ``DocumentError/Code/deleted`` when it was deleted before.
  @discardableResult
  public func delete(_ id: DocumentID, traceparent: String? = nil) async throws -> RecordCoordinate {
    let row = try await undeleted(id)
    let resource = row.resource
    var extensions = ["partitionkey": id.description, "tenant": resource.tenant]
    extensions["traceparent"] = traceparent
    let event = CloudEvent(
      id: "\(resource.source?.description ?? id.description)/0", source: try eventSource(),
      type: DocumentDeleted.eventType, subject: id.description, time: .now, extensions: extensions)
    let delivery = try await send(
      ProducerRecord(
        topic: PlatformTopics.uploads, partition: row.partition, key: id.key, value: nil, headers: event.kafkaHeaders))
    _ = await view.signals.wait(
      for: TopicPartition(delivery.topic, delivery.partition), toReach: delivery.offset + 1,
      until: .now + configuration.readYourWritesTimeout)
    return delivery.coordinate
  }
}
