/// Which segments of a partition go and which come in their place: what compaction did, as the journal tells it.
struct SegmentReplacement {
  struct Name: Equatable {
    let base: Int64
    let generation: Int32
  }

  var removed: [Name]
  var added: [Segment]
  /// Below it every key is unique from now on.
  var cleanedOffset: Int64

  func encode(to writer: inout ByteWriter) {
    writer.put(cleanedOffset)
    writer.put(UInt32(removed.count))
    for name in removed {
      writer.put(name.base)
      writer.put(name.generation)
    }
    writer.put(UInt32(added.count))
    for segment in added { segment.encode(to: &writer) }
  }

  init(removed: [Name], added: [Segment], cleanedOffset: Int64) {
    self.removed = removed
    self.added = added
    self.cleanedOffset = cleanedOffset
  }

  init(from reader: inout ByteReader) throws(ByteReader.Malformed) {
    cleanedOffset = try reader.get(Int64.self)
    removed = []
    for _ in 0..<(try reader.get(UInt32.self)) {
      removed.append(Name(base: try reader.get(Int64.self), generation: try reader.get(Int32.self)))
    }
    added = []
    for _ in 0..<(try reader.get(UInt32.self)) { added.append(try Segment(from: &reader)) }
  }
}

extension Partition {
  /// Makes the replacement part of the log.
  ///
  /// - Returns: what is left to do: wait for the journal, then remove the old files. Nil when the old segments went
  ///   meanwhile (retention was faster): the new file is removed then.
  func replace(_ replacement: SegmentReplacement) throws(LogError) -> SegmentRemoval? {
    let journal = environment.journal
    var writer = ByteWriter()
    writer.put(topicId)
    writer.put(index)
    replacement.encode(to: &writer)
    let bytes = writer.bytes
    let admitted = JournalFile.recordOverhead + bytes.count
    try journal.admit(admitted)
    return lock.withLock {
      guard !deleted, let removed = apply(replacement) else {
        journal.cancel(admitted)
        for segment in replacement.added {
          try? environment.fileSystem.remove(path(of: segment))
          try? environment.fileSystem.remove(indexPath(of: segment))
        }
        return nil
      }
      appliedNumber = bytes.withView { journal.enqueue(.segmentsReplaced, JournalBody($0), admitted: admitted) }
      return SegmentRemoval(
        paths: removed.flatMap { [path(of: $0), indexPath(of: $0)] }, bytes: removed.reduce(0) { $0 + $1.size },
        ticket: CommitTicket(journal: journal, number: appliedNumber), environment: environment)
    }
  }

  /// The same again, from the journal.
  func replayReplacement(from reader: inout ByteReader, number: UInt64) throws(ByteReader.Malformed) {
    let replacement = try SegmentReplacement(from: &reader)
    lock.withLock {
      guard number > appliedNumber else { return }
      _ = apply(replacement)
      appliedNumber = number
    }
  }

  /// Swaps the segments. The lock is held.
  ///
  /// - Returns: those that went; nil when they are not there, and nothing was done.
  private func apply(_ replacement: SegmentReplacement) -> [Segment]? {
    var removed: [Segment] = []
    if let first = replacement.removed.first {
      guard let start = segments.firstIndex(where: { $0.base == first.base && $0.generation == first.generation }),
        start + replacement.removed.count <= segments.count
      else { return nil }
      let range = start..<(start + replacement.removed.count)
      removed = Array(segments[range])
      let names = removed.map { SegmentReplacement.Name(base: $0.base, generation: $0.generation) }
      guard names == replacement.removed else { return nil }
      segments.replaceSubrange(range, with: replacement.added)
    }
    cleanedOffset = max(cleanedOffset, replacement.cleanedOffset)
    // Their records are gone: readers need not be told of them any more.
    abortedTransactions.removeAll { $0.markerOffset < replacement.cleanedOffset }
    return removed
  }
}
