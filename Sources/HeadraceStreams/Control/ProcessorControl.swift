internal import FoundationEssentials
internal import HeadraceCore
public import HeadraceKafka

/// Pause and resume of processors wherever they run, and what they say of themselves: `headrace processors`.
///
/// The control topic is compacted; processors that were given its name follow it, and write their status there every few
/// seconds.
public struct ProcessorControl: Sendable {
  private let kafka: KafkaConfiguration
  private let topic: String

  /// The control of a cluster's processors; does no I/O.
  ///
  /// - Parameters:
  ///   - kafka: The cluster.
  ///   - topic: The control topic.
  public init(kafka: KafkaConfiguration, topic: String = "headrace.control") {
    self.kafka = kafka
    self.topic = topic
  }

  /// One processor as the control topic knows it.
  public struct Description: Sendable, Hashable, Codable {
    /// Its name.
    public var name: String
    /// Whether it was asked to pause.
    public var isPaused: Bool
    /// The status of each process that runs it, as last written; those older than a minute are left out.
    public var replicas: [ProcessorStatus]

    /// Records that are not acknowledged, over all replicas.
    public var pending: Int64 { replicas.reduce(0) { $0 + $1.pending } }
    /// What holds it back, where most is to be done.
    public var whyNotFaster: WhyNotFaster { replicas.max { $0.pending < $1.pending }?.whyNotFaster ?? .empty }
    /// How many replicas the work asks for: never more than there are partitions to go round.
    public var desiredReplicas: Int {
      let wanted = replicas.reduce(0.0) { $0 + $1.scaling.desiredShare }
      let partitions = replicas.reduce(0) { $0 + $1.partitions.count }
      return min(max(1, Int(wanted.rounded(.up))), max(1, partitions))
    }
  }

  /// Stops dispatch in every process of the processor, those that start later included; records in progress finish.
  ///
  /// - Throws: `ProcessorError` where nobody knows a processor of that name, `KafkaError`.
  public func pause(_ processor: String) async throws { try await set(processor, isPaused: true) }

  /// Lets it go on.
  ///
  /// - Throws: as `pause`.
  public func resume(_ processor: String) async throws { try await set(processor, isPaused: false) }

  /// Every processor that the control topic knows.
  public func list() async throws -> [Description] {
    let resources = try await ControlListener(topic: topic, kafka: kafka).snapshot()
    var found: [String: Description] = [:]
    let now = Date.now.milliseconds
    for (id, value) in resources {
      let parts = id.split(separator: "/", maxSplits: 2).map(String.init)
      guard parts.count >= 2 else { continue }
      var description = found[parts[1]] ?? Description(name: parts[1], isPaused: false, replicas: [])
      switch parts[0] {
      case "processor": description.isPaused = value["paused"]?.bool ?? false
      case "status":
        guard let time = value["time"]?.int, now - time < 60_000, let status = value["status"],
          let decoded = try? JournalCoding.decode(ProcessorStatus.self, from: status.bytes)
        else { continue }
        description.replicas.append(decoded)
      default: continue
      }
      found[parts[1]] = description
    }
    return found.values.sorted { $0.name < $1.name }
  }

  /// One processor; nil where nothing is known of it.
  public func describe(_ processor: String) async throws -> Description? {
    try await list().first { $0.name == processor }
  }

  private func set(_ processor: String, isPaused: Bool) async throws {
    let known = try await list()
    if !known.contains(where: { $0.name == processor }) {
      // One that has just started, or runs without a control topic, has a group at least.
      let group = try await TopicReader(kafka: kafka).withAdmin { try await $0.describeGroups([processor]).first }
      guard let group, group.state != "Dead" else {
        throw ProcessorError(
          .configuration,
          "there is no processor \(processor): none of that name has reported within a minute, and there is no group of "
            + "that name" + (known.isEmpty ? "" : "; known are " + known.map(\.name).joined(separator: ", ")))
      }
    }
    try await ControlWriter(topic: topic, kafka: kafka).write(
      ControlResource.processor(processor), ["paused": JSONValue.bool(isPaused)])
  }
}
