import FoundationEssentials
import HeadraceCore
import HeadraceKafka

/// Where a group's offsets are moved to.
enum ResetTarget {
  case earliest
  case latest
  case time(Date)
  case offset(Int64)
  case shift(Int64)

  init?(_ text: String) {
    let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
    switch (parts.first, parts.count) {
    case ("earliest", 1): self = .earliest
    case ("latest", 1): self = .latest
    case ("time", 2):
      guard let time = Date(rfc3339: parts[1]) else { return nil }
      self = .time(time)
    case ("offset", 2):
      guard let offset = Int64(parts[1]), offset >= 0 else { return nil }
      self = .offset(offset)
    case ("shift", 2):
      guard let shift = Int64(parts[1]) else { return nil }
      self = .shift(shift)
    default: return nil
    }
  }

  /// The new offsets, kept within what the partitions hold.
  func offsets(
    of partitions: [TopicPartition], committed: [TopicPartition: Int64], admin: KafkaAdmin
  ) async throws -> [PartitionOffset] {
    let marks = try await admin.watermarks(of: partitions)
    var byTime: [TopicPartition: Int64?] = [:]
    if case .time(let time) = self {
      byTime = try await admin.offsets(
        for: Dictionary(uniqueKeysWithValues: partitions.map { ($0, time.milliseconds) }))
    }
    return partitions.compactMap { partition in
      guard let mark = marks[partition] else { return nil }
      let wanted =
        switch self {
        case .earliest: mark.low
        case .latest: mark.high
        case .time: (byTime[partition] ?? nil) ?? mark.high
        case .offset(let offset): offset
        case .shift(let shift): (committed[partition] ?? mark.low) + shift
        }
      return PartitionOffset(partition, min(max(wanted, mark.low), mark.high))
    }
  }
}
