import Foundation
import HeadraceCore

/// How long partitions bring nothing although they have work, and no dead or frozen member holds them up.
///
/// A pure value, fed with what a verifier sees: records produced, outputs visible to a `read_committed` reader, and the
/// group as its coordinator describes it. The clock of a partition begins anew with each output, with the first record
/// after it had none left, as long as a member that cannot act owns it or is waited for in a rebalance, and until the
/// group has formed for the first time.
struct StallMeter {
  /// One observation of the group.
  struct Group {
    var isStable: Bool
    /// Partitions of members that are dead or frozen.
    var blocked: Set<Int32>
    var hasGhosts: Bool
  }

  struct Stall {
    var partition: Int32
    var began: Duration
    var length: Duration
    /// How much of it the machine itself had no time for us.
    var machineLag: Duration
    /// How much of it the group was between two assignments.
    var rebalancing = Duration.zero
    /// Outputs of the other partitions meanwhile.
    var othersSeen = 0
  }

  private struct Partition {
    var produced = 0
    var seen = 0
    var clock = Duration.zero
    /// The meter's sums when the clock began.
    var rebalancing = Duration.zero
    var allSeen = 0
  }

  private var partitions: [Int32: Partition]
  private var lags: [(at: Duration, lag: Duration)] = []
  /// The worst stall of each partition since its clock began last, those above the threshold only.
  private(set) var stalls: [Stall] = []
  private(set) var longest: Stall?
  private var hasFormed = false
  private var lastLook: (at: Duration, isStable: Bool)?
  private var rebalancing = Duration.zero
  private var allSeen = 0
  let threshold: Duration

  init(partitions: Int, threshold: Duration) {
    self.partitions = Dictionary(uniqueKeysWithValues: (0..<Int32(partitions)).map { ($0, Partition()) })
    self.threshold = threshold
  }

  var pending: Int { partitions.values.reduce(0) { $0 + $1.produced - $1.seen } }

  mutating func produced(_ partition: Int32, at now: Duration) {
    if partitions[partition]!.produced == partitions[partition]!.seen { beginClock(of: partition, at: now) }
    partitions[partition]!.produced += 1
  }

  mutating func seen(_ partition: Int32, at now: Duration) {
    measure(partition, at: now)
    partitions[partition]!.seen += 1
    allSeen += 1
    beginClock(of: partition, at: now)
  }

  /// A look at the group, at about `now`.
  mutating func looked(_ group: Group, at now: Duration) {
    defer { hasFormed = hasFormed || group.isStable }
    if let lastLook, !lastLook.isStable { rebalancing += now - lastLook.at }
    lastLook = (now, group.isStable)
    for number in partitions.keys {
      if !hasFormed || group.blocked.contains(number) || (group.hasGhosts && !group.isStable) {
        beginClock(of: number, at: now)
      } else {
        measure(number, at: now)
      }
    }
  }

  /// The verifier itself was late by `lag`: so were the workers, probably.
  mutating func late(by lag: Duration, at now: Duration) {
    lags.append((now, lag))
    if lags.count > 10_000 { lags.removeFirst(5_000) }
  }

  private mutating func beginClock(of number: Int32, at now: Duration) {
    partitions[number]!.clock = now
    partitions[number]!.rebalancing = rebalancing
    partitions[number]!.allSeen = allSeen
  }

  private mutating func measure(_ number: Int32, at now: Duration) {
    let partition = partitions[number]!
    guard hasFormed, partition.produced > partition.seen, now > partition.clock else { return }
    let length = now - partition.clock
    guard length > threshold || length > longest?.length ?? .zero else { return }
    let lag = lags.filter { $0.at >= partition.clock && $0.at <= now }.reduce(Duration.zero) { $0 + $1.lag }
    let stall = Stall(
      partition: number, began: partition.clock, length: length, machineLag: lag,
      rebalancing: rebalancing - partition.rebalancing, othersSeen: allSeen - partition.allSeen)
    if length > longest?.length ?? .zero { longest = stall }
    guard length > threshold else { return }
    if let index = stalls.lastIndex(where: { $0.partition == number && $0.began == partition.clock }) {
      stalls[index] = stall
    } else {
      stalls.append(stall)
    }
  }
}

extension StallMeter.Stall: CustomStringConvertible {
  var description: String {
    func format(_ duration: Duration) -> String { String(format: "%.2f", duration.seconds) }
    return """
      \(format(length)) s (partition \(partition) from \(format(began)) s on; meanwhile the machine was late by \
      \(format(machineLag)) s, the group between assignments for \(format(rebalancing)) s, the other partitions \
      brought \(othersSeen) outputs)
      """
  }
}
