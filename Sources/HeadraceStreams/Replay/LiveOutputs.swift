internal import HeadraceCore
internal import HeadraceKafka

/// What is live in an output topic, by key, as far as it has been read; and what we have hidden of it.
///
/// A promotion writes beside the live processor. Between its look at a key and its write, a newer output of the live
/// processor may land and be hidden. Reading on, through our own writes, shows it: then it is written again.
struct LiveOutputs {
  /// Headers that say of a record that this replay put it there: promoted, taken back, or shown again.
  enum Mark: String, CaseIterable {
    case promoted = "headrace.promoted"
    case rolledBack = "headrace.rolled-back"
    case shownAgain = "headrace.shown-again"
  }

  let topic: String
  let run: ReplayRun
  let reader: TopicReader
  /// The last record of each key.
  private(set) var last: [[UInt8]: RawRecord] = [:]
  private var positions: [TopicPartition: Int64] = [:]

  init(topic: String, run: ReplayRun, reader: TopicReader) {
    self.topic = topic
    self.run = run
    self.reader = reader
  }

  /// Reads on to the end, or through `ends` (which are in the log); returns what our writes in that stretch have hidden.
  ///
  /// - Parameter trustsUnknown: Whether a record that does not say what it was made from counts as older than ours.
  mutating func readOn(
    through ends: [TopicPartition: Int64]? = nil, trustsUnknown: Bool = false
  ) async throws -> [[UInt8]: RawRecord] {
    let whole = try await reader.wholeRanges(of: [topic])
    var ranges: [TopicPartition: Range<Int64>] = [:]
    for (place, range) in whole {
      let start = max(positions[place] ?? range.lowerBound, range.lowerBound)
      let end = ends.map { $0[place] ?? start } ?? range.upperBound
      ranges[place] = start..<max(start, end)
    }
    var last = last
    var positions = positions
    var foreign: [[UInt8]: RawRecord] = [:]
    var hidden: [[UInt8]: RawRecord] = [:]
    for (place, range) in ranges { positions[place] = range.lowerBound }
    try await reader.read(ranges, waitsForOpenTransactions: ends != nil) { record in
      positions[TopicPartition(record.coordinate.topic, record.coordinate.partition)] = record.coordinate.offset + 1
      guard let key = record.key else { return true }
      if isOurs(record) {
        if let before = foreign[key], hides(record, before, trustsUnknown) { hidden[key] = before }
      } else {
        foreign[key] = record
        hidden[key] = nil
      }
      last[key] = record
      return true
    }
    self.last = last
    self.positions = positions
    return hidden
  }

  func isOurs(_ record: RawRecord) -> Bool { Mark.allCases.contains { isMarked(record, $0) } }

  func isMarked(_ record: RawRecord, _ mark: Mark) -> Bool { record.header(mark.rawValue) == run.id }

  /// A record as we write it: its marks of ours replaced by one.
  func marked(_ record: RawRecord, _ mark: Mark) -> [RecordHeader] {
    record.headers.filter { header in !Mark.allCases.contains { $0.rawValue == header.name } }
      + [RecordHeader(mark.rawValue, run.id)]
  }

  static func source(of record: RawRecord) -> RecordCoordinate? { ReplayDiffer.source(of: ReplayDiffer.id(of: record)) }

  /// Whether one output was made from a later record than the other; nil where they don't say.
  static func isNewer(_ one: RawRecord, than other: RawRecord) -> Bool? {
    guard let one = source(of: one), let other = source(of: other), one.topic == other.topic,
      one.partition == other.partition
    else { return nil }
    return one.offset > other.offset
  }

  private func hides(_ ours: RawRecord, _ before: RawRecord, _ trustsUnknown: Bool) -> Bool {
    before.isTombstone || Self.isNewer(before, than: ours) ?? !trustsUnknown
  }
}
