import Foundation
import HeadraceCore
import HeadraceKafka
import Synchronization

@testable import HeadraceStreams

/// Workers, a producer and a verifier over the wire, and faults at random: the same seed gives the same faults.
final class FaultRun: Sendable {
  struct Plan: Sendable {
    var seed: UInt64
    var faults = 50
    var workers = 3
    var slots = 40
    var keys = 200
    var recordsAtStart = 1_000
    var recordsPerSecond = 50
    var pause: ClosedRange<Int> = 500...4_000
    /// Of a hundred pauses, so many are long enough for a dead member to leave and the rest to come to rest.
    var longPausePercent = 30
    var longPause: ClosedRange<Int> = 8_000...12_000
    var freeze: ClosedRange<Int> = 500...12_000
    var behaviour = BillingModel.Behaviour()
    var stallBound = Duration.seconds(5)
  }

  struct Report: Sendable, CustomStringConvertible {
    var seed: UInt64
    var produced = 0
    var outputs = 0
    var deadLetters = 0
    var problems: [String] = []
    var paid = 0
    var distinct = 0
    var paidAgain = 0
    var paidAfterFinish = 0
    var crashes = 0
    var kills = 0
    var freezes = 0
    var stops = 0
    var failedStops = 0
    var slots = 0
    var longestStall: StallMeter.Stall?
    var stalls: [StallMeter.Stall] = []
    var seconds = 0.0

    var description: String {
      let stall = longestStall?.description
      return """
        seed \(seed): \(produced) records, \(outputs) outputs, \(deadLetters) dead letters in \
        \(String(format: "%.0f", seconds)) s; \(kills) kills, \(freezes) freezes, \(stops) graceful stops \
        (\(failedStops) failed); problems \(problems.count); paid \(paid) for \(distinct) distinct, again \(paidAgain) \
        (allowed \(slots * crashes)), after their finish \(paidAfterFinish); longest stall \(stall ?? "none"), \
        above the bound: \(stalls.count)
        """
    }
  }

  private struct Hand {
    var number: Int
    var process: WorkerProcess
    var thawsAt: Duration?
    var frozenAt: Duration?
  }

  private struct State {
    var meter: StallMeter
    var values: [(key: String, value: String)] = []
    /// Client ids of members that cannot act: killed or frozen.
    var ghosts: Set<String> = []
    var isProducing = true
    var journal: [String] = []
  }

  private let plan: Plan
  private let workshop: Workshop
  private let state: Mutex<State>
  private let start = ContinuousClock.now

  init(_ plan: Plan, in workshop: Workshop) {
    self.plan = plan
    self.workshop = workshop
    state = Mutex(State(meter: StallMeter(partitions: workshop.partitions, threshold: plan.stallBound)))
  }

  private var now: Duration { ContinuousClock.now - start }

  /// What happened when, for whoever has to find out why.
  var journal: [String] { state.withLock { $0.journal } }

  private func note(_ text: String) {
    let line = String(format: "%7.2f ", now.seconds) + text
    state.withLock { $0.journal.append(line) }
  }

  // MARK: The run

  func run() async throws -> Report {
    // The dead-letter topic must be there to be watched.
    try await workshop.log.makeTopic("in.dlq", partitions: workshop.partitions)
    let producing = Task.detached { try await self.produce() }
    let reading = Task.detached { try await self.read() }
    let looking = Task.detached { await self.look() }
    let keeping = Task.detached { await self.keepTime() }
    defer { for task in [looking, keeping] { task.cancel() } }
    defer { for task in [producing, reading] { task.cancel() } }
    var report = Report(seed: plan.seed)
    var hands: [Hand] = []
    defer { for hand in hands { hand.process.signal(SIGKILL) } }
    for number in 0..<plan.workers { hands.append(Hand(number: number, process: try workshop.worker(number))) }
    var random = SeededGenerator(seed: plan.seed)
    var lastNumber = plan.workers - 1
    for fault in 0..<plan.faults {
      let isLong = random.chance(plan.longPausePercent)
      let pause = Int.random(in: isLong ? plan.longPause : plan.pause, using: &random)
      try await wait(.milliseconds(pause), &hands, &report)
      let index = hands.indices.randomElement(using: &random)!
      switch Int.random(in: 0..<3, using: &random) {
      case 0:
        note("fault \(fault): kill worker \(hands[index].number)")
        setGhost(hands[index].number, true)
        hands[index].process.signal(SIGKILL)
        _ = await hands[index].process.end(within: .seconds(10))
        report.kills += 1
        report.crashes += 1
        lastNumber += 1
        hands[index] = Hand(number: lastNumber, process: try workshop.worker(lastNumber))
      case 1 where hands[index].thawsAt == nil:
        let length = Duration.milliseconds(Int.random(in: plan.freeze, using: &random))
        note("fault \(fault): freeze worker \(hands[index].number) for \(length)")
        setGhost(hands[index].number, true)
        hands[index].process.signal(SIGSTOP)
        hands[index].frozenAt = now
        hands[index].thawsAt = now + length
        report.freezes += 1
      default:
        thaw(&hands[index], &report)
        note("fault \(fault): stop worker \(hands[index].number)")
        hands[index].process.signal(SIGTERM)
        let stopping = hands[index]
        // Its successor starts at once; the others go on meanwhile.
        lastNumber += 1
        hands[index] = Hand(number: lastNumber, process: try workshop.worker(lastNumber))
        if await !stopping.process.end(within: .seconds(45)) {
          report.failedStops += 1
          report.crashes += 1
          note("worker \(stopping.number) did not stop by itself")
        }
        report.stops += 1
      }
    }
    for index in hands.indices { thaw(&hands[index], &report) }
    state.withLock { $0.isProducing = false }
    try await producing.value
    note("no more faults, \(state.withLock { $0.meter.pending }) records to go")
    let deadline = ContinuousClock.now + .seconds(300)
    while state.withLock({ $0.meter.pending }) > 0, ContinuousClock.now < deadline {
      try await Task.sleep(for: .milliseconds(50))
    }
    let isThrough = try await waitUntilAcknowledged()
    looking.cancel()
    for hand in hands {
      hand.process.signal(SIGTERM)
      if await !hand.process.end(within: .seconds(45)) { report.failedStops += 1 }
    }
    try await check(&report)
    if !isThrough { report.problems.append("not everything was acknowledged") }
    report.seconds = now.seconds
    return report
  }

  private func waitUntilAcknowledged() async throws -> Bool {
    do {
      try await workshop.waitUntilAcknowledged(for: .seconds(60))
      return true
    } catch is TestLog.TimedOut {
      return false
    }
  }

  /// Waits, and wakes whoever has been frozen long enough.
  private func wait(_ duration: Duration, _ hands: inout [Hand], _ report: inout Report) async throws {
    let end = now + duration
    while now < end {
      try await Task.sleep(for: .milliseconds(20))
      for index in hands.indices where hands[index].thawsAt.map({ $0 <= now }) == true { thaw(&hands[index], &report) }
    }
  }

  private func thaw(_ hand: inout Hand, _ report: inout Report) {
    guard let frozenAt = hand.frozenAt else { return }
    hand.process.signal(SIGCONT)
    // One that was away for less than the session's time-out is still a member, and nobody pays for it.
    if now - frozenAt > .milliseconds(workshop.options.sessionTimeoutMilliseconds * 2 / 3) { report.crashes += 1 }
    hand.frozenAt = nil
    hand.thawsAt = nil
    setGhost(hand.number, false)
    note("worker \(hand.number) goes on")
  }

  private func setGhost(_ number: Int, _ isGhost: Bool) {
    state.withLock { state in
      if isGhost { state.ghosts.insert("worker-\(number)") } else { state.ghosts.remove("worker-\(number)") }
    }
  }

  // MARK: The producer

  /// Writes until told to stop; what is acknowledged counts.
  private func produce() async throws {
    let producer = try KafkaProducer(configuration: workshop.log.kafka)
    var random = SeededGenerator(seed: plan.seed &+ 1)
    var index = 0
    func records(_ count: Int) -> [ProducerRecord] {
      (0..<count).map { _ in
        defer { index += 1 }
        let key = index % plan.keys
        // One in fifty is poison; one in thirty asks what its key has asked before.
        let text =
          random.chance(2)
          ? "poison \(index)" : index >= plan.keys && index % 30 == 29 ? "text \(index - plan.keys)" : "text \(index)"
        return ProducerRecord(topic: workshop.options.input, key: Array("k\(key)".utf8), value: Array(text.utf8))
      }
    }
    var next = plan.recordsAtStart
    while state.withLock({ $0.isProducing }) {
      let batch = records(next)
      for (record, result) in zip(batch, try await producer.send(contentsOf: batch)) {
        let delivery = try result.get()
        state.withLock { state in
          state.values.append(
            (String(decoding: record.key!, as: UTF8.self), String(decoding: record.value!, as: UTF8.self)))
          state.meter.produced(delivery.partition, at: now)
        }
      }
      next = max(1, plan.recordsPerSecond / 4)
      try? await Task.sleep(for: .milliseconds(250))
    }
    _ = await producer.close(deadline: .seconds(10))
  }

  // MARK: The verifier

  /// Reads outputs and dead letters as they become visible.
  private func read() async throws {
    var configuration = workshop.log.kafka
    configuration.clientID = "verifier"
    configuration.consumer.isolation = .readCommitted
    configuration.consumer.fetchMaximumWait = .milliseconds(20)
    let consumer = try KafkaConsumer(configuration: configuration)
    let places = [workshop.options.output, workshop.options.input + ".dlq"].flatMap { topic in
      (0..<Int32(workshop.partitions)).map { PartitionStart(TopicPartition(topic, $0), .beginning) }
    }
    try await consumer.assign(places)
    for try await batch in consumer.batches {
      let now = now
      for record in batch {
        state.withLock { state in
          state.meter.seen(record.partition, at: now)
        }
      }
      if Task.isCancelled { break }
    }
    _ = await consumer.close(deadline: .seconds(5))
  }

  /// Looks at the group ten times a second.
  private func look() async {
    guard let admin = try? KafkaAdmin(configuration: workshop.log.kafka) else { return }
    var last = ""
    while !Task.isCancelled {
      if let group = try? await admin.describeGroups([workshop.options.name], deadline: .seconds(5)).first {
        let ghosts = state.withLock { $0.ghosts }
        let dead = group.members.filter { ghosts.contains($0.clientID) }
        let view = StallMeter.Group(
          isStable: group.state == "Stable",
          blocked: Set(dead.flatMap(\.assignment).filter { $0.topic == workshop.options.input }.map(\.partition)),
          hasGhosts: !dead.isEmpty)
        state.withLock { $0.meter.looked(view, at: now) }
        let text =
          group.state + " "
          + group.members.map { member in
            let partitions = member.assignment.map { String($0.partition) }.sorted().joined(separator: ",")
            return member.clientID + (ghosts.contains(member.clientID) ? "†" : "") + "[\(partitions)]"
          }.sorted().joined(separator: " ")
        if text != last {
          last = text
          note(text)
        }
      }
      try? await Task.sleep(for: .milliseconds(100))
    }
    await admin.close()
  }

  /// Notices when the machine has no time for us.
  private func keepTime() async {
    while !Task.isCancelled {
      let before = now
      try? await Task.sleep(for: .milliseconds(50))
      let late = now - before - .milliseconds(50)
      if late > .milliseconds(50) { state.withLock { $0.meter.late(by: late, at: now) } }
    }
  }

  private func check(_ report: inout Report) async throws {
    let values = state.withLock { $0.values }
    let outputs = try await workshop.log.read(workshop.options.output)
    let letters = try await workshop.log.read(workshop.options.input + ".dlq")
    report.problems = Workshop.problems(outputs: outputs, letters: letters, values: values) {
      $0.hasPrefix(plan.behaviour.poison)
    }
    report.produced = values.count
    report.outputs = outputs.count
    report.deadLetters = letters.count
    let account = try workshop.account()
    report.paid = account.total
    report.distinct = account.paid.count
    report.paidAgain = account.paidAgain
    report.paidAfterFinish = account.paidAfterFinish.count
    report.slots = plan.slots
    state.withLock { state in
      report.longestStall = state.meter.longest
      report.stalls = state.meter.stalls
    }
  }
}
