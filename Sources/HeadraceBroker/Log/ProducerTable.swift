/// What one partition knows of the producers that write to it: epochs, the last five batches of each, open
/// transactions. A pure state machine under its partition's lock.
struct ProducerTable: Sendable {
  /// How many batches are remembered for telling a retry from a mistake.
  static let rememberedBatches = 5

  struct Batch: Equatable, Sendable {
    var firstSequence: Int32
    var lastSequence: Int32
    var baseOffset: Int64
    /// What a duplicate is answered: -1 where the topic keeps the producer's time.
    var logAppendTime: Int64
  }

  struct Entry: Equatable, Sendable {
    var epoch: Int16
    var batches: [Batch] = []
    /// The first offset of the open transaction.
    var transactionStart: Int64?
    /// Milliseconds since 1970 of the last batch or marker.
    var lastUsed: Int64 = -1
  }

  /// A transaction that readers of committed data must not see past.
  struct Unstable: Equatable, Sendable {
    var producerId: Int64
    var firstOffset: Int64
    /// Set once its marker is written; it stays here until that marker is durable.
    var markerOffset: Int64?
  }

  private(set) var entries: [Int64: Entry] = [:]
  /// By first offset.
  private(set) var unstable: [Unstable] = []

  /// What a batch is, before it is given an offset.
  enum Verdict: Equatable {
    case new
    case duplicate(Batch)
  }

  /// Judges a producer's batch by epoch and sequence; changes nothing.
  func judge(_ header: RecordBatchHeader) throws(LogError) -> Verdict {
    guard header.hasProducer, let entry = entries[header.producerId] else { return .new }
    if header.producerEpoch < entry.epoch {
      throw .invalidProducerEpoch(
        "producer \(header.producerId) has epoch \(entry.epoch), the batch \(header.producerEpoch)")
    }
    if header.producerEpoch > entry.epoch {
      if header.baseSequence == 0 { return .new }
      throw .outOfOrderSequence(
        "producer \(header.producerId) begins epoch \(header.producerEpoch) at sequence \(header.baseSequence)")
    }
    let first = header.baseSequence
    let last = header.lastSequence
    if let known = entry.batches.first(where: { $0.firstSequence == first && $0.lastSequence == last }) {
      return .duplicate(known)
    }
    let expected = entry.batches.last.map { RecordBatchHeader.sequence($0.lastSequence, plus: 1) } ?? 0
    if first == expected { return .new }
    throw .outOfOrderSequence("producer \(header.producerId) sent sequence \(first), expected was \(expected)")
  }

  /// Takes in a batch that now has its offset.
  mutating func record(_ header: RecordBatchHeader, logAppendTime: Int64, now: Int64) {
    guard header.hasProducer, !header.isControl else { return }
    var entry = entries.removeValue(forKey: header.producerId) ?? Entry(epoch: header.producerEpoch)
    if header.producerEpoch != entry.epoch {
      entry.epoch = header.producerEpoch
      entry.batches.removeAll(keepingCapacity: true)
    }
    if entry.batches.count == Self.rememberedBatches { entry.batches.removeFirst() }
    entry.batches.append(
      Batch(
        firstSequence: header.baseSequence, lastSequence: header.lastSequence, baseOffset: header.baseOffset,
        logAppendTime: logAppendTime))
    entry.lastUsed = now
    if header.isTransactional, entry.transactionStart == nil {
      entry.transactionStart = header.baseOffset
      unstable.append(Unstable(producerId: header.producerId, firstOffset: header.baseOffset))
    }
    entries[header.producerId] = entry
  }

  /// Takes in a marker.
  ///
  /// - Returns: the first offset of the transaction that it ends here, if there was one.
  mutating func end(producerId: Int64, epoch: Int16, markerOffset: Int64, now: Int64) -> Int64? {
    var entry = entries[producerId] ?? Entry(epoch: epoch)
    if epoch > entry.epoch {
      entry.epoch = epoch
      entry.batches.removeAll()
    }
    entry.lastUsed = now
    let start = entry.transactionStart
    entry.transactionStart = nil
    entries[producerId] = entry
    if let start, let index = unstable.firstIndex(where: { $0.producerId == producerId && $0.firstOffset == start }) {
      unstable[index].markerOffset = markerOffset
    }
    return start
  }

  /// The last stable offset, once everything below `highWatermark` is durable.
  mutating func lastStableOffset(highWatermark: Int64) -> Int64 {
    if unstable.isEmpty { return highWatermark }
    unstable.removeAll { $0.markerOffset.map { $0 < highWatermark } ?? false }
    return min(unstable.first?.firstOffset ?? highWatermark, highWatermark)
  }

  /// Forgets producers silent since before `horizon` that have nothing open.
  mutating func expire(before horizon: Int64) {
    guard entries.contains(where: { $0.value.transactionStart == nil && $0.value.lastUsed < horizon }) else { return }
    entries = entries.filter { $0.value.transactionStart != nil || $0.value.lastUsed >= horizon }
  }

  // MARK: The checkpoint's copy

  func encode(to writer: inout ByteWriter) {
    writer.put(UInt32(entries.count))
    for (producerId, entry) in entries {
      writer.put(producerId)
      writer.put(entry.epoch)
      writer.put(entry.transactionStart ?? -1)
      writer.put(entry.lastUsed)
      writer.put(UInt8(entry.batches.count))
      for batch in entry.batches {
        writer.put(batch.firstSequence)
        writer.put(batch.lastSequence)
        writer.put(batch.baseOffset)
        writer.put(batch.logAppendTime)
      }
    }
  }

  init() {}

  /// What `encode` wrote. Markers in it are durable, so only open transactions are unstable.
  init(from reader: inout ByteReader) throws(ByteReader.Malformed) {
    for _ in 0..<(try reader.get(UInt32.self)) {
      let producerId = try reader.get(Int64.self)
      var entry = Entry(epoch: try reader.get(Int16.self))
      let start = try reader.get(Int64.self)
      entry.transactionStart = start < 0 ? nil : start
      entry.lastUsed = try reader.get(Int64.self)
      for _ in 0..<(try reader.get(UInt8.self)) {
        entry.batches.append(
          Batch(
            firstSequence: try reader.get(Int32.self), lastSequence: try reader.get(Int32.self),
            baseOffset: try reader.get(Int64.self), logAppendTime: try reader.get(Int64.self)))
      }
      entries[producerId] = entry
      if let first = entry.transactionStart { unstable.append(Unstable(producerId: producerId, firstOffset: first)) }
    }
    unstable.sort { $0.firstOffset < $1.firstOffset }
  }
}
