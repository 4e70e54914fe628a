internal import HeadraceCore

/// Which records of a plan's ranges are handled.
struct ReplaySelection: Sendable {
  private let ranges: [String: [Int32: Range<Int64>]]
  private let keys: Set<[UInt8]>
  private let headers: [String: String]
  private let sampleBelow: UInt64
  /// Sources of dead letters of the class asked for; nil where none was.
  private let deadLettered: Set<RecordCoordinate>?
  /// Keys whose last output is old enough; nil where that was not asked for.
  private let outdated: Set<[UInt8]>?

  init(
    request: ReplayRequest, ranges: [String: [Int32: Range<Int64>]], deadLettered: Set<RecordCoordinate>?,
    outdated: Set<[UInt8]>?
  ) {
    self.ranges = ranges
    keys = Set(request.keys.map { Array($0.utf8) })
    headers = request.headers
    sampleBelow =
      request.samplePercent >= 100 ? .max : UInt64(max(0, request.samplePercent) / 100 * Double(UInt64.max >> 1)) << 1
    self.deadLettered = deadLettered
    self.outdated = outdated
  }

  func contains(_ record: RawRecord) -> Bool {
    guard contains(record.coordinate, key: record.key) else { return false }
    for (name, value) in headers where record.header(name) != value { return false }
    return true
  }

  /// As far as coordinate and key tell.
  func contains(_ coordinate: RecordCoordinate, key: [UInt8]?) -> Bool {
    guard ranges[coordinate.topic]?[coordinate.partition]?.contains(coordinate.offset) == true else { return false }
    if !keys.isEmpty, key.map({ keys.contains($0) }) != true { return false }
    if let deadLettered, !deadLettered.contains(coordinate) { return false }
    if let outdated, key.map({ outdated.contains($0) }) != true { return false }
    if sampleBelow < .max, sample(coordinate) >= sampleBelow { return false }
    return true
  }

  private func sample(_ coordinate: RecordCoordinate) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in coordinate.description.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    hash = (hash ^ hash >> 30) &* 0xbf58_476d_1ce4_e5b9
    return hash ^ hash >> 31
  }
}
