@testable import HeadraceBroker

/// A member of a group with a connection of its own; it does nothing unasked.
final class Member {
  let lab: Lab
  let client: TestClient
  let group: String
  let instance: String?
  var id = ""
  var generation: Int32 = -1
  var leader = ""
  var protocolName = ""
  var session: Int32 = 10_000
  var rebalance: Int32 = 10_000
  var protocolType = "consumer"
  var offers: [(String, [UInt8])] = [("range", Member.subscription(["t"]))]

  init(_ lab: Lab, _ group: String, instance: String? = nil, clientID: String = "member") throws {
    self.lab = lab
    self.group = group
    self.instance = instance
    client = try lab.connect(clientID)
  }

  /// The metadata of a consumer that subscribes to topics.
  static func subscription(_ topics: [String]) -> [UInt8] {
    var writer = WireWriter()
    writer.put(Int16(0))
    writer.put(Int32(topics.count))
    for topic in topics {
      writer.put(Int16(topic.utf8.count))
      for byte in topic.utf8 { writer.put(byte) }
    }
    writer.put(Int32(-1))
    return writer.bytes
  }

  var isLeader: Bool { !id.isEmpty && leader == id }

  func request() -> JoinGroupAPI.Request {
    .init(
      group: group, sessionTimeoutMilliseconds: session, rebalanceTimeoutMilliseconds: rebalance, member: id,
      instance: instance, protocolType: protocolType,
      protocols: offers.map { .init(name: $0.0, metadata: WireBytes($0.1)) })
  }

  /// Asks to join, without waiting.
  func startJoin(version: Int16 = 5) throws { try client.send(JoinGroupAPI.self, request(), version: version) }

  /// Waits for the answer to `startJoin`.
  @discardableResult
  func finishJoin(version: Int16 = 5) throws -> JoinGroupAPI.Response {
    let answer = try client.receive(JoinGroupAPI.self, version: version)
    if answer.error == .none {
      id = answer.member
      generation = answer.generation
      leader = answer.leader
      protocolName = answer.protocolName
    }
    return answer
  }

  /// Joins; the id that a new member is first given is used at once.
  @discardableResult
  func join(version: Int16 = 5) throws -> JoinGroupAPI.Response {
    let answer = try lab.settled({ try client.call(JoinGroupAPI.self, request(), version: version) }, \.error)
    guard answer.error == .memberIDRequired else { return note(answer) }
    id = answer.member
    return note(try client.call(JoinGroupAPI.self, request(), version: version))
  }

  /// Gets an id and goes no further.
  func takeID() throws {
    let answer = try lab.settled({ try client.call(JoinGroupAPI.self, request()) }, \.error)
    try demand(answer.error, .memberIDRequired, "the first join")
    id = answer.member
  }

  private func note(_ answer: JoinGroupAPI.Response) -> JoinGroupAPI.Response {
    if answer.error == .none {
      id = answer.member
      generation = answer.generation
      leader = answer.leader
      protocolName = answer.protocolName
    }
    return answer
  }

  func syncRequest(_ assignments: [String: [UInt8]] = [:]) -> SyncGroupAPI.Request {
    .init(
      group: group, generation: generation, member: id, instance: instance,
      assignments: assignments.map { .init(member: $0.key, assignment: WireBytes($0.value)) })
  }

  @discardableResult
  func sync(_ assignments: [String: [UInt8]] = [:]) throws -> SyncGroupAPI.Response {
    try client.call(SyncGroupAPI.self, syncRequest(assignments))
  }

  func heartbeat(generation: Int32? = nil) throws -> ErrorCode {
    try client.call(
      HeartbeatAPI.self,
      .init(group: group, generation: generation ?? self.generation, member: id, instance: instance)
    ).error
  }

  @discardableResult
  func leave() throws -> ErrorCode {
    let answer = try client.call(LeaveGroupAPI.self, .init(group: group, members: [.init(id: id, instance: nil)]))
    return answer.error == .none ? answer.members.first?.error ?? .none : answer.error
  }

  @discardableResult
  func commit(_ topic: String, _ offset: Int64, metadata: String? = nil, generation: Int32? = nil) throws -> ErrorCode {
    let answer = try client.call(
      OffsetCommitAPI.self,
      .init(
        group: group, generation: generation ?? self.generation, member: id, instance: instance,
        topics: [.init(name: topic, partitions: [.init(index: 0, offset: offset, metadata: metadata)])]))
    return answer.topics[0].partitions[0].error
  }

  /// Joins and syncs alone: the group is stable afterwards.
  func settle() throws {
    try demand(join().error, .none, "join")
    try demand(sync([id: [1]]).error, .none, "sync")
  }

  /// Several members become one stable group; the first leads. Each is assigned its number.
  static func settle(_ members: [Member]) throws {
    try members[0].settle()
    guard members.count > 1 else { return }
    for member in members.dropFirst() where member.instance == nil { try member.takeID() }
    for member in members.dropFirst() { try member.startJoin() }
    try members[0].lab.eventually("the first member hears of the rebalance") {
      try members[0].heartbeat() == .rebalanceInProgress
    }
    try members[0].startJoin()
    for member in members { try demand(member.finishJoin().error, .none, "join") }
    // With an unlucky order a late joiner makes another round.
    try demand(Set(members.map(\.generation)).count, 1, "generations")
    var assignments: [String: [UInt8]] = [:]
    for (index, member) in members.enumerated() { assignments[member.id] = [UInt8(index)] }
    for member in members where !member.isLeader { try member.client.send(SyncGroupAPI.self, member.syncRequest()) }
    for member in members where member.isLeader { try demand(member.sync(assignments).error, .none, "sync") }
    for (index, member) in members.enumerated() where !member.isLeader {
      let answer = try member.client.receive(SyncGroupAPI.self)
      try demand(answer.error, .none, "sync")
      try demand(answer.assignment.bytes, [UInt8(index)], "assignment")
    }
  }
}
