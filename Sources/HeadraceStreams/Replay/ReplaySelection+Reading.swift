internal import HeadraceCore
internal import HeadraceKafka

extension ReplaySelection {
  /// Reads what the request's conditions need: dead letters, last outputs.
  static func read(
    _ request: ReplayRequest, parts: [(TopicPartition, Range<Int64>)], target: any ReplayTarget, reader: TopicReader
  ) async throws -> ReplaySelection {
    var ranges: [String: [Int32: Range<Int64>]] = [:]
    for (place, range) in parts { ranges[place.topic, default: [:]][place.partition] = range }

    var deadLettered: Set<RecordCoordinate>?
    if let failureClass = request.deadLetterClass {
      var found: Set<RecordCoordinate> = []
      let topics = target.configuration.inputTopics.map { $0 + target.configuration.deadLetterSuffix }
      try await reader.read(reader.wholeRanges(of: topics)) { record in
        let letter = DeadLetter(record)
        if letter.failureClass == failureClass, let source = letter.source { found.insert(source) }
        return true
      }
      deadLettered = found
    }

    var outdated: Set<[UInt8]>?
    if let condition = request.versionBelow {
      var found: Set<[UInt8]> = []
      let path = condition.field.split(separator: ".").map(String.init)
      try await reader.read(reader.wholeRanges(of: target.outputTopics)) { record in
        guard let key = record.key else { return true }
        var value = record.value.flatMap { try? JSONValue(parsing: $0) }
        for name in path { value = value?[name] }
        let version = value?.int ?? value?.string.flatMap { Int64($0.drop { !$0.isNumber }) }
        if let version, version < condition.version { found.insert(key) } else { found.remove(key) }
        return true
      }
      outdated = found
    }
    return ReplaySelection(request: request, ranges: ranges, deadLettered: deadLettered, outdated: outdated)
  }
}
