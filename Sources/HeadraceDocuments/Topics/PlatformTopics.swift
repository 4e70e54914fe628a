/// The platform's own topics: what `headrace topics init` and `headrace up` create.
public enum PlatformTopics {
  /// Uploads and deletions of documents, by document id.
  public static let uploads = "document.uploads"
  /// Metadata and failures, by document id. Only the enricher writes it.
  public static let metadata = "document.metadata"
  /// Steps of the enricher's work, by document id.
  public static let progress = "document.progress"
  /// Uploads that could not be enriched.
  public static let uploadsDeadLetters = "document.uploads.dlq"
  /// The enricher's journal: answers paid for, attempts, owners.
  public static let enricherJournal = "\(enricherName).journal"
  /// Pause and resume of processors, replay plans.
  public static let control = "headrace.control"
  /// Every call of a model: paid, failed or saved.
  public static let usage = "llm.usage"

  /// The enricher's name: its group, its part of event sources, the first part of its journal's name.
  public static let enricherName = "enricher"

  /// All of them.
  ///
  /// - Parameters:
  ///   - partitions: Partitions of each. Uploads, metadata, progress and journal must have the same number: a
  ///     document is in the same partition of all of them.
  ///   - replicationFactor: Replicas of each; nil leaves it to the broker.
  public static func all(partitions: Int32 = 8, replicationFactor: Int16? = nil) -> [PlatformTopic] {
    let day: Int64 = 86_400_000
    let compacted = ["cleanup.policy": "compact", "delete.retention.ms": "\(30 * day)"]
    func deleted(days: Int64) -> [String: String] {
      ["cleanup.policy": "delete", "retention.ms": "\(days * day)"]
    }
    let definitions: [(String, [String: String], String)] = [
      (uploads, compacted, "uploads and deletions of documents"),
      (metadata, compacted, "metadata and failures of documents"),
      (progress, deleted(days: 1), "steps of the work on documents"),
      (uploadsDeadLetters, deleted(days: 30), "uploads that could not be enriched"),
      (enricherJournal, ["cleanup.policy": "compact"], "the enricher's paid answers, attempts and owners"),
      (control, ["cleanup.policy": "compact"], "pause and resume of processors, replay plans"),
      (usage, deleted(days: 90), "calls of models: paid, failed, saved"),
    ]
    return definitions.map { name, configuration, purpose in
      PlatformTopic(
        name: name, partitions: partitions, replicationFactor: replicationFactor, configuration: configuration,
        purpose: purpose)
    }
  }
}
