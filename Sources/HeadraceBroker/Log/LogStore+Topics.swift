internal import FoundationEssentials
internal import HeadraceTelemetry

extension LogStore {
  /// Makes a topic; durable when it returns.
  ///
  /// - Parameter validateOnly: Only the checks; the topic that is answered is not part of the log.
  /// - Throws: TOPIC_ALREADY_EXISTS, INVALID_TOPIC_EXCEPTION, INVALID_PARTITIONS, INVALID_CONFIG.
  func createTopic(
    _ name: String, partitions: Int32, configuration overrides: [String: String] = [:], validateOnly: Bool = false
  ) throws(LogError) -> Topic {
    try Self.checkName(name)
    guard partitions >= 1 else { throw .invalidPartitions("Number of partitions must be larger than 0.") }
    let typed = try TopicConfiguration(overrides: overrides, defaults: configuration.allTopicDefaults)
    let topic = Topic(name: name, id: UUID(), configuration: typed)
    topic.add((0..<partitions).map { Partition(topic: topic, index: $0, environment: environment) })
    if validateOnly {
      try topicsLock.withLock { () throws(LogError) in try checkIsFree(name) }
      return topic
    }
    let admitted = 4096 + JournalFile.recordOverhead
    try journal.admit(admitted)
    let number: UInt64
    do throws(LogError) {
      number = try creationLock.withLock { () throws(LogError) in
        try topicsLock.withLock { () throws(LogError) in try checkIsFree(name) }
        // Not under `topicsLock`, which every request takes: a sync may be slow.
        try makeFolder(topic)
        return topicsLock.withLock {
          topicsByName[name] = topic
          topicsById[topic.id] = topic
          return enqueue(topic, partitions: Int(partitions), overrides: overrides, admitted: admitted)
        }
      }
    } catch {
      journal.cancel(admitted)
      throw error
    }
    try journal.wait(for: number, until: .never)
    return topic
  }

  private func makeFolder(_ topic: Topic) throws(LogError) {
    do throws(FileError) {
      try configuration.fileSystem.makeFolder(environment.folder(of: topic.id))
      if configuration.durability == .fsync { try configuration.fileSystem.syncFolder(environment.topicsFolder) }
    } catch {
      throw environment.storageError(error)
    }
  }

  /// Deletes a topic; durable when it returns. Its files go at once, but for those still being sent.
  ///
  /// - Throws: UNKNOWN_TOPIC_OR_PARTITION.
  func deleteTopic(_ name: String) throws(LogError) {
    let admitted = JournalFile.recordOverhead + 16
    try journal.admit(admitted)
    let (topic, number): (Topic, UInt64)
    do throws(LogError) {
      (topic, number) = try topicsLock.withLock { () throws(LogError) in
        guard let topic = topicsByName[name] else { throw .unknownTopicOrPartition("no topic \(name)") }
        topicsByName[name] = nil
        topicsById[topic.id] = nil
        topic.markDeleted()
        var writer = ByteWriter(capacity: 16)
        writer.put(topic.id)
        topicsNumber = writer.bytes.withView { journal.enqueue(.topicDeletion, JournalBody($0), admitted: admitted) }
        return (topic, topicsNumber)
      }
    } catch {
      journal.cancel(admitted)
      throw error
    }
    for partition in topic.partitions { partition.markDeleted() }
    try journal.wait(for: number, until: .never)
    environment.remove([environment.folder(of: topic.id)], areFolders: true)
  }

  /// Adds partitions; durable when it returns.
  ///
  /// - Parameter total: How many there are afterwards.
  /// - Throws: UNKNOWN_TOPIC_OR_PARTITION; INVALID_PARTITIONS for no more than there are.
  func addPartitions(_ name: String, total: Int32) throws(LogError) {
    try change(name) { (topic) throws(LogError) in
      let known = topic.partitions.count
      guard Int(total) > known else {
        throw .invalidPartitions(
          "Topic currently has \(known) partitions, which is not fewer than the requested \(total).")
      }
      topic.add((Int32(known)..<total).map { Partition(topic: topic, index: $0, environment: environment) })
    }
  }

  /// Replaces all of a topic's own settings; durable when it returns.
  ///
  /// - Throws: UNKNOWN_TOPIC_OR_PARTITION, INVALID_CONFIG.
  func setConfiguration(_ name: String, _ overrides: [String: String]) throws(LogError) {
    let typed = try TopicConfiguration(overrides: overrides, defaults: configuration.allTopicDefaults)
    try change(name) { (topic) throws(LogError) in topic.set(typed) }
  }

  private func change(_ name: String, _ body: (Topic) throws(LogError) -> Void) throws(LogError) {
    let admitted = 4096 + JournalFile.recordOverhead
    try journal.admit(admitted)
    let number: UInt64
    do throws(LogError) {
      number = try topicsLock.withLock { () throws(LogError) in
        guard let topic = topicsByName[name] else { throw .unknownTopicOrPartition("no topic \(name)") }
        try body(topic)
        return enqueue(
          topic, partitions: topic.partitions.count, overrides: topic.configuration.overrides, admitted: admitted)
      }
    } catch {
      journal.cancel(admitted)
      throw error
    }
    try journal.wait(for: number, until: .never)
  }

  /// `topicsLock` is held.
  private func enqueue(_ topic: Topic, partitions: Int, overrides: [String: String], admitted: Int) -> UInt64 {
    var writer = ByteWriter()
    topic.encode(partitionCount: partitions, overrides: overrides, to: &writer)
    topicsNumber = writer.bytes.withView { journal.enqueue(.topic, JournalBody($0), admitted: admitted) }
    return topicsNumber
  }

  private func checkIsFree(_ name: String) throws(LogError) {
    if topicsByName[name] != nil { throw .topicExists("Topic '\(name)' already exists.") }
    let plain = name.replacing(".", with: "_")
    if plain != name || name.contains("_"),
      let other = topicsByName.keys.first(where: { $0.replacing(".", with: "_") == plain })
    {
      throw .invalidTopic("Topic '\(name)' collides with existing topics: \(other)")
    }
  }

  private static func checkName(_ name: String) throws(LogError) {
    guard !name.isEmpty, name != ".", name != "..", name.utf8.count <= 249 else {
      throw .invalidTopic("Topic name is invalid: '\(name)' is empty, '.', '..' or longer than 249 characters")
    }
    let isLegal = name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
        true
      default: false
      }
    }
    if !isLegal {
      throw .invalidTopic(
        "Topic name is invalid: '\(name)' contains characters other than letters, digits, '.', '_' and '-'")
    }
  }
}
