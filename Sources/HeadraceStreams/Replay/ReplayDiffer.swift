internal import HeadraceCore
internal import HeadraceKafka

/// Compares a replay's outputs with the live ones.
struct ReplayDiffer {
  private static let entryLimit = 1_000
  let run: ReplayRun
  let target: any ReplayTarget
  let reader: TopicReader
  let ignoring: Set<String>
  /// Changed outputs whose old values are looked up together: their number and bytes.
  var lookUpRecords = 20_000
  var lookUpBytes = 32 << 20

  /// One output, kept as its bytes' coordinate and what identifies it.
  private struct Known {
    var digest: SHA256.Digest
    var coordinate: RecordCoordinate
    var key: [UInt8]?
  }

  /// A changed output, until its old value has been read.
  private struct Change {
    var id: String
    var old: RecordCoordinate
    var record: RawRecord
  }

  func diff() async throws -> ReplayDiff {
    let selection = try await ReplaySelection.read(
      run.plan.request, parts: run.plan.parts.map { (TopicPartition($0.topic, $0.partition), $0.start..<$0.end) },
      target: target, reader: reader)
    var diff = ReplayDiff()
    for topic in target.outputTopics {
      var live = try await outputs(of: topic) { id, key in
        // Live outputs of records that the replay did not take are none of its business.
        guard let source = Self.source(of: id) else { return true }
        return selection.contains(source, key: key)
      }
      var changes: [Change] = []
      var bytes = 0
      try await reader.read(reader.wholeRanges(of: [run.outputTopic(for: topic)])) { record in
        let id = Self.id(of: record)
        guard let known = live.removeValue(forKey: id) else {
          diff.extra += 1
          note(&diff, id, record.keyText, .extra, [])
          return true
        }
        if known.digest == digest(record.value) {
          diff.equal += 1
          return true
        }
        diff.changed += 1
        changes.append(Change(id: id, old: known.coordinate, record: record))
        bytes += record.byteCount
        if changes.count >= lookUpRecords || bytes >= lookUpBytes {
          try await lookUp(changes, &diff)
          changes = []
          bytes = 0
        }
        return true
      }
      try await lookUp(changes, &diff)
      for (id, known) in live.sorted(by: { $0.key < $1.key }) {
        diff.missing += 1
        note(&diff, id, known.key.flatMap { String(validating: $0, as: UTF8.self) }, .missing, [])
      }
    }
    let letters = Set(run.plan.parts.map { $0.topic + run.deadLetterSuffix })
    try await reader.read(reader.wholeRanges(of: Array(letters))) { record in
      diff.failed += 1
      note(&diff, DeadLetter(record).source?.description ?? record.coordinate.description, record.keyText, .failed, [])
      return true
    }
    return diff
  }

  /// The last output for each id.
  private func outputs(of topic: String, _ isMeant: (String, [UInt8]?) -> Bool) async throws -> [String: Known] {
    var found: [String: Known] = [:]
    try await reader.read(reader.wholeRanges(of: [topic])) { record in
      let id = Self.id(of: record)
      // What a replay has put here is not what it is to be compared with.
      if record.header(ReplayProcessor.header) == run.id { return true }
      if isMeant(id, record.key) {
        found[id] = Known(digest: digest(record.value), coordinate: record.coordinate, key: record.key)
      }
      return true
    }
    return found
  }

  static func id(of record: RawRecord) -> String {
    record.header("ce_id") ?? "key:" + (record.keyText ?? record.key?.hex ?? "")
  }

  /// The record that an output was made from, where its id says so: `<topic>/<partition>/<offset>/<index>`.
  static func source(of id: String) -> RecordCoordinate? {
    guard let slash = id.lastIndex(of: "/") else { return nil }
    return RecordCoordinate(String(id[..<slash]))
  }

  private func digest(_ value: [UInt8]?) -> SHA256.Digest {
    guard let value else { return SHA256.hash([]) }
    guard let json = try? JSONValue(parsing: value) else { return SHA256.hash(value) }
    return SHA256.hash(without(json).canonical.bytes)
  }

  private func without(_ value: JSONValue, at path: String = "") -> JSONValue {
    guard let members = value.members else { return value }
    return .object(
      members.compactMap { member in
        let name = path.isEmpty ? member.name : "\(path).\(member.name)"
        return ignoring.contains(name) ? nil : JSONValue.Member(member.name, without(member.value, at: name))
      })
  }

  /// Compares changed outputs with their old values, which are read in one go: they stand in about the same order.
  private func lookUp(_ changes: [Change], _ diff: inout ReplayDiff) async throws {
    guard !changes.isEmpty else { return }
    var ranges: [TopicPartition: Range<Int64>] = [:]
    for change in changes {
      let place = TopicPartition(change.old.topic, change.old.partition)
      let known = ranges[place] ?? change.old.offset..<change.old.offset + 1
      ranges[place] = min(known.lowerBound, change.old.offset)..<max(known.upperBound, change.old.offset + 1)
    }
    var fields: [RecordCoordinate: [String]] = [:]
    let wanted = Dictionary(changes.map { ($0.old, $0.record.value) }) { first, _ in first }
    try await reader.read(ranges) { record in
      if let new = wanted[record.coordinate] { fields[record.coordinate] = differences(record.value, new) }
      return true
    }
    for change in changes {
      // Compaction may have taken the old value meanwhile.
      let found = fields[change.old] ?? differences(nil, change.record.value)
      for field in found { diff.fields[field, default: 0] += 1 }
      note(&diff, change.id, change.record.keyText, .changed, found)
    }
  }

  private func differences(_ old: [UInt8]?, _ new: [UInt8]?) -> [String] {
    ReplayDiff.differences(
      old.flatMap { try? JSONValue(parsing: $0) }, new.flatMap { try? JSONValue(parsing: $0) }, ignoring: ignoring)
  }

  private func note(
    _ diff: inout ReplayDiff, _ id: String, _ key: String?, _ kind: ReplayDiff.Entry.Kind, _ fields: [String]
  ) {
    guard diff.entries.count < Self.entryLimit else { return }
    diff.entries.append(ReplayDiff.Entry(id: id, key: key, kind: kind, fields: fields))
  }
}
