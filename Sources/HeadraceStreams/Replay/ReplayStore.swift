internal import FoundationEssentials
internal import HeadraceCore
internal import HeadraceKafka

/// Replays as the control topic holds them.
struct ReplayStore: Sendable {
  let topic: String
  let kafka: KafkaConfiguration

  func all() async throws -> [ReplayRun] {
    try await ControlListener(topic: topic, kafka: kafka).snapshot().compactMap { id, value in
      id.hasPrefix("replay/") ? ReplayStore.read(value) : nil
    }.sorted { $0.plan.createdAt < $1.plan.createdAt }
  }

  static func read(_ value: JSONValue) -> ReplayRun? { try? JournalCoding.decode(ReplayRun.self, from: value.bytes) }

  /// The replay with that id, or that begins with it, or whose hash it is.
  func find(_ name: String) async throws -> ReplayRun {
    let found = try await all().filter { $0.id == name || $0.plan.hash == name || $0.plan.hash.hasPrefix(name) }
    guard let run = found.first, found.count == 1 else {
      throw ProcessorError(
        .replay, found.isEmpty ? "there is no replay \(name); plan it first" : "\(name) names \(found.count) replays")
    }
    return run
  }

  func write(_ run: ReplayRun) async throws {
    try await ControlWriter(topic: topic, kafka: kafka).write(
      ControlResource.replay(run.id), JSONValue(parsing: JournalCoding.encode(run)))
  }

  /// Moves a replay on; throws when that state may not follow.
  func change(_ run: ReplayRun, to state: ReplayRun.State, note: String? = nil) async throws -> ReplayRun {
    guard run.mayBecome(state) else {
      throw ProcessorError(.replay, "replay \(run.id) is \(run.state.rawValue) and can't become \(state.rawValue)")
    }
    var run = run
    run.state = state
    run.changedAt = .now
    run.note = note
    try await write(run)
    return run
  }
}
