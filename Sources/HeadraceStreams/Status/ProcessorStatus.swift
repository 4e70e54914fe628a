/// What a processor is doing, as its process sees it.
public struct ProcessorStatus: Sendable, Hashable, Codable {
  /// The life of a processor.
  public enum State: String, Sendable, Hashable, Codable {
    /// Not running.
    case stopped
    /// Running, without partitions so far.
    case joining
    /// Running.
    case running
    /// Running, and starting no record.
    case paused
    /// Finishing what is in progress.
    case stopping
  }

  /// The processor's name.
  public var name: String
  /// Its consumer group.
  public var group: String
  /// What it does now.
  public var state: State
  /// Slots in all.
  public var slots: Int
  /// Handlers in progress.
  public var slotsBusy: Int
  /// What is held in memory, as the budgets count it, in bytes.
  public var bufferedBytes: Int
  /// Handlers beyond their deadline since the start.
  public var stuckHandlers: Int
  /// Records acknowledged since the start.
  public var committed: Int
  /// Dead letters since the start.
  public var deadLetters: Int
  /// Commits since the start.
  public var commits: Int
  /// Commits that did not go through since the start.
  public var aborts: Int
  /// The last commit's error; nil while commits go through.
  public var lastCommitError: String?
  /// The partitions held.
  public var partitions: [PartitionStatus]
  /// Whether more replicas would help.
  public var scaling: ScalingSignal

  /// Records that are not acknowledged, over all partitions held.
  public var pending: Int64 { partitions.reduce(0) { $0 + $1.pending } }
  /// What holds the processor back: what holds back the partition with most to do.
  public var whyNotFaster: WhyNotFaster { partitions.max { $0.pending < $1.pending }?.whyNotFaster ?? .empty }
}
