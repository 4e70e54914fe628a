internal import FoundationEssentials

/// Reads the newest checkpoint and replays the journal behind it: the store as it was when it last acknowledged.
struct LogRecovery {
  private(set) var topics: [UUID: Topic] = [:]
  private(set) var topicsNumber: UInt64 = 0
  private(set) var state = StateStoreImage()
  /// The last journal record found.
  private(set) var lastNumber: UInt64 = 0
  /// Up to here the checkpoint holds everything.
  private(set) var checkpointNumber: UInt64 = 0
  private(set) var nextCheckpointFile = 0
  /// A power cut took batches that were not synced.
  private(set) var isTorn = false

  private let opening: LogOpening
  private var written: [ObjectIdentifier: SegmentFile] = [:]

  init(_ opening: LogOpening) throws(LogError) {
    self.opening = opening
    try readCheckpoint()
    try replayJournal()
    let partitions = topics.values.flatMap(\.partitions)
    for partition in partitions { partition.becomeVisible() }
    // A copy in the checkpoint may be ahead of what a power cut left of an unsynced journal: numbers go on behind all.
    lastNumber = partitions.reduce(max(lastNumber, topicsNumber, state.appliedNumber)) { max($0, $1.appliedNumber) }
    guard opening.configuration.durability == .fsync else { return }
    let written = written.values
    try onDisk { () throws(FileError) in
      if !written.isEmpty { try opening.configuration.fileSystem.syncFolder(opening.environment.topicsFolder) }
      for file in written {
        try file.file.sync()
        try file.syncName()
      }
    }
  }

  // MARK: The checkpoint

  private mutating func readCheckpoint() throws(LogError) {
    var newest: Checkpoint?
    for (index, file) in opening.checkpointFiles.enumerated() {
      let bytes = try onDisk { () throws(FileError) in try file.read(at: 0, count: Int(try file.size())) }
      guard let checkpoint = Checkpoint(bytes), checkpoint.number >= newest?.number ?? 0 else { continue }
      newest = checkpoint
      nextCheckpointFile = 1 - index
    }
    guard let newest else { return }
    checkpointNumber = newest.number
    lastNumber = newest.number
    do {
      try newest.body.withView { view in
        var reader = ByteReader(view)
        topicsNumber = try reader.get(UInt64.self)
        for _ in 0..<(try reader.get(UInt32.self)) {
          let record = try Topic.Record(from: &reader)
          let topic = try put(record)
          for partition in topic.partitions {
            guard try reader.get(Int32.self) == partition.index else { throw ByteReader.Malformed() }
            try partition.restore(from: &reader)
          }
        }
        state = try StateStoreImage(from: &reader)
      }
    } catch {
      throw .storage("the checkpoint cannot be understood: \(error)")
    }
  }

  // MARK: The journal

  private mutating func replayJournal() throws(LogError) {
    var files: [(JournalFile, JournalFile.Header)] = []
    for file in opening.journalFiles {
      if let header = try onDisk({ () throws(FileError) in try file.header() }) { files.append((file, header)) }
    }
    files.sort { $0.1.firstNumber < $1.1.firstNumber }
    let boot = opening.configuration.fileSystem.bootIdentifier
    for (file, header) in files {
      let isDoubtful = !header.isSynced && header.boot != boot
      guard header.firstNumber <= lastNumber + 1 else {
        if isDoubtful, lastNumber > 0 {
          isTorn = true
          break
        }
        throw .storage("the journal lacks the records \(lastNumber + 1)...\(header.firstNumber - 1)")
      }
      let last = try file.replay(header) { (number, kind, content) throws(LogError) in
        guard number > checkpointNumber else { return }
        do {
          try replay(number, kind, content, isDoubtful: isDoubtful)
        } catch let error as LogError {
          throw error
        } catch {
          throw .storage("journal record \(number) cannot be understood: \(error)")
        }
      }
      lastNumber = max(lastNumber, last)
    }
  }

  private mutating func replay(
    _ number: UInt64, _ kind: JournalRecordKind, _ content: ByteView, isDoubtful: Bool
  ) throws {
    var reader = ByteReader(content)
    switch kind {
    case .append, .extent:
      let place = try JournalPlace(from: &reader)
      let batch = try reader.take(reader.remaining)
      try replayBatch(batch, at: place, number: number, hasBytes: kind == .append, isDoubtful: isDoubtful)
    case .state:
      state.apply(try StateStoreImage.decode(&reader), number: number)
    case .transactionEnd:
      for _ in 0..<(try reader.get(UInt32.self)) {
        let place = try JournalPlace(from: &reader)
        try replayBatch(try reader.getView(), at: place, number: number, hasBytes: true, isDoubtful: isDoubtful)
      }
      state.apply(try StateStoreImage.decode(&reader), number: number)
    case .topic:
      let record = try Topic.Record(from: &reader)
      if number > topicsNumber { _ = try put(record) }
      topicsNumber = max(topicsNumber, number)
    case .topicDeletion:
      let id = try reader.getUUID()
      if number > topicsNumber { topics[id] = nil }
      topicsNumber = max(topicsNumber, number)
    case .logStart:
      let partition = partition(try reader.getUUID(), try reader.get(Int32.self))
      partition?.replayStart(try reader.get(Int64.self), number: number)
    case .segmentsReplaced:
      let partition = partition(try reader.getUUID(), try reader.get(Int32.self))
      try partition?.replayReplacement(from: &reader, number: number)
    }
  }

  private mutating func replayBatch(
    _ batch: ByteView, at place: JournalPlace, number: UInt64, hasBytes: Bool, isDoubtful: Bool
  ) throws {
    guard let header = RecordBatchHeader(batch) else { throw ByteReader.Malformed() }
    // A topic that a later record deletes may be gone already: its records have nowhere to go.
    guard let partition = partition(place.topicId, place.partition) else { return }
    if isDoubtful, try partition.lacks(header, at: place, number: number, hasBytes: hasBytes) {
      isTorn = true
      return
    }
    if let file = try partition.replay(header, at: place, number: number, bytes: hasBytes ? batch : nil) {
      written[ObjectIdentifier(file)] = file
    }
  }

  private func partition(_ topicId: UUID, _ index: Int32) -> Partition? { topics[topicId]?.partition(index) }

  /// Makes a topic, or brings one up to the record.
  private mutating func put(_ record: Topic.Record) throws -> Topic {
    let defaults = opening.configuration.allTopicDefaults
    let configuration = try TopicConfiguration.recovered(record.overrides, defaults: defaults)
    let topic = topics[record.id] ?? Topic(name: record.name, id: record.id, configuration: configuration)
    topic.set(configuration)
    let known = topic.partitions.count
    if record.partitionCount > known {
      topic.add(
        (known..<record.partitionCount).map {
          Partition(topic: topic, index: Int32($0), environment: opening.environment)
        })
    }
    topics[record.id] = topic
    return topic
  }
}
