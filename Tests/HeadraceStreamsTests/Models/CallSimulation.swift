import HeadraceCore

@testable import HeadraceStreams

/// Processes that own one partition in turn and make calls through real books, against a simulated journal, one random
/// step at a time: crashes, graceful moves, frozen owners, late and lost answers, readers that lag.
struct CallSimulation {
  /// One process's time as the owner, which lasts for its calls beyond that.
  struct Tenure {
    var process: Int
    var book: CallBook
    /// How much of the journal it has read.
    var position = 0
    var isOwner = true
    /// It gave the partition back, and renews notes of its calls.
    var renewsNotes = false
    /// It took over from an owner that had not given the partition back: before a call it reads to the end.
    var isUnclean: Bool
  }

  struct Call {
    var tenure: Int
    var record: Int
    var fingerprint: CallFingerprint
    var endsAt: MonotonicTime
  }

  struct Written {
    var key: JournalKey
    var value: [UInt8]?
    var at: MonotonicTime
  }

  private static let lease = Duration.seconds(3)
  private static let sessionTimeout = Duration.seconds(6)
  /// An owner's reader lags by so much at most. What a zombie finishes is known that much later, and may have been begun
  /// again by then: nothing in a log can keep two from doing the same at the same time.
  private static let readerLag = Duration.milliseconds(200)

  private var random: SeededGenerator
  private var now = MonotonicTime(nanoseconds: 1_000_000_000)
  private var journal: [Written] = []
  private var finishedAt: [CallFingerprint: MonotonicTime] = [:]
  private var tenures: [Tenure] = []
  private var calls: [Call] = []
  /// The fingerprint that each record asks for.
  private let asks: [CallFingerprint]
  private var done: Set<Int> = []
  /// Records whose handler has begun under the present tenure.
  private var begun: Set<Int> = []
  private var frozenUntil: [Int: MonotonicTime] = [:]
  private var paid: [CallFingerprint: Int] = [:]
  /// How often a call may have been paid in vain: crashed, frozen or refused while it was made.
  private var excuses: [CallFingerprint: Int] = [:]
  private var problems: [String] = []

  init(seed: UInt64) {
    random = SeededGenerator(seed: seed)
    let texts = Int.random(in: 1...12, using: &random)
    var asks: [CallFingerprint] = []
    for _ in 0..<Int.random(in: 1...25, using: &random) {
      asks.append(CallFingerprint(parts: [("text", "\(Int.random(in: 0..<texts, using: &random))")]))
    }
    self.asks = asks
  }

  mutating func run() -> [String] {
    takeOver(process: 0, isUnclean: false)
    for _ in 0..<150 {
      step()
      if !problems.isEmpty { return problems }
    }
    frozenUntil = [:]
    let quiet = now
    while done.count < asks.count, now - quiet < .seconds(40) {
      pass(.milliseconds(100))
      read(owner, all: true)
      for record in asks.indices { ask(record) }
      if !problems.isEmpty { return problems }
    }
    if done.count < asks.count { problems.append("\(asks.count - done.count) records stand still") }
    for (fingerprint, count) in paid where count > 1 + excuses[fingerprint, default: 0] {
      problems.append("paid \(count) times, with \(excuses[fingerprint, default: 0]) excuses")
    }
    return problems
  }

  private var owner: Int { tenures.lastIndex { $0.isOwner }! }
  private var wall: Int64 { Int64(now.nanoseconds / 1_000_000) }
  private func isFrozen(_ process: Int) -> Bool { frozenUntil[process].map { $0 > now } ?? false }

  private mutating func step() {
    switch Int.random(in: 0..<100, using: &random) {
    case 0: crash(tenures[owner].process)
    case 1:
      // One that only finishes calls it handed over.
      if let old = tenures.indices.filter({ !tenures[$0].isOwner }).randomElement(using: &random) {
        if tenures[old].process != tenures[owner].process { crash(tenures[old].process) }
      }
    case 2...4: move()
    case 5: freezeOwner()
    case 6:
      // A short sleep of a former owner: shorter than the lease it says nothing, longer it may cost.
      let process = tenures[Int.random(in: tenures.indices, using: &random)].process
      if process != tenures[owner].process {
        let length = Duration.milliseconds(Int.random(in: 100...6_000, using: &random))
        frozenUntil[process] = now + length
        if length >= Self.lease * 0.7 { excuse(process) }
      }
    case 7...30: read(owner, all: false)
    case 31...55: pass(.milliseconds(Int.random(in: 1...700, using: &random)))
    default: ask(Int.random(in: asks.indices, using: &random))
    }
  }

  // MARK: Time

  /// Time goes by: calls end, and former owners that live renew their notes.
  private mutating func pass(_ duration: Duration) {
    var left = duration
    while left > .zero {
      let tick = min(left, Self.lease / 5)
      left = left - tick
      now = now + tick
      let ending = calls.filter { $0.endsAt <= now && !isFrozen(tenures[$0.tenure].process) }
      calls = calls.filter { $0.endsAt > now || isFrozen(tenures[$0.tenure].process) }
      for call in ending { end(call) }
      for index in tenures.indices where tenures[index].renewsNotes && !isFrozen(tenures[index].process) {
        writeNotes(index)
      }
      if let owner = tenures.lastIndex(where: \.isOwner), !isFrozen(tenures[owner].process), random.chance(50) {
        read(owner, all: false)
      }
    }
  }

  private mutating func end(_ call: Call) {
    let isOwner = tenures[call.tenure].isOwner
    tenures[call.tenure].book.callEnded(call.fingerprint)
    if random.chance(15) {
      excuses[call.fingerprint, default: 0] += 1
    } else {
      let key = JournalKey.result(call.fingerprint)
      write(key, [1])
      if finishedAt[call.fingerprint] == nil { finishedAt[call.fingerprint] = now }
      tenures[call.tenure].book.wrote(key, at: Int64(journal.count - 1))
      if isOwner { done.insert(call.record) }
    }
    if isOwner {
      begun.remove(call.record)
    } else {
      write(.handOver(partition: 0, call.fingerprint), nil)
    }
    tenures[call.tenure].book.leaveFlight(call.fingerprint)
  }

  // MARK: Calls

  /// A handler asks for its call's result, or asks again.
  private mutating func ask(_ record: Int) {
    let index = owner
    guard !done.contains(record), !begun.contains(record), !isFrozen(tenures[index].process) else { return }
    // The attempt note of a record that may have been in progress is read back first.
    if tenures[index].isUnclean { read(index, all: true) }
    while tenures[index].position < journal.count, now - journal[tenures[index].position].at >= Self.readerLag {
      readOne(index)
    }
    let fingerprint = asks[record]
    switch tenures[index].book.next(
      fingerprint, mode: .use, deadline: wall + 300_000, at: now, wall: wall)
    {
    case .read(let offset):
      if journal[Int(offset)].key != .result(fingerprint) { problems.append("it read something else") }
      done.insert(record)
    case .missing: problems.append("missing, though it may be paid")
    case .waitForFormerOwner, .waitForFlight: break
    case .endFormerOwner:
      write(.handOver(partition: 0, fingerprint), nil)
      read(index, all: true)
    case .pay:
      if let finished = finishedAt[fingerprint], now - finished > Self.readerLag || tenures[index].isUnclean {
        problems.append("a finished call is paid for again")
      }
      paid[fingerprint, default: 0] += 1
      begun.insert(record)
      calls.append(
        Call(
          tenure: index, record: record, fingerprint: fingerprint,
          endsAt: now + .milliseconds(Int.random(in: 10...5_000, using: &random))))
    }
  }

  // MARK: Owners

  private mutating func takeOver(process: Int, isUnclean: Bool) {
    begun = []
    tenures.append(Tenure(process: process, book: CallBook(indexBytes: 4_096), isUnclean: isUnclean))
    read(tenures.count - 1, all: true)
  }

  /// The owner gives the partition back, to a process that is awake (or to itself).
  private mutating func move() {
    let index = owner
    guard !isFrozen(tenures[index].process) else { return }
    tenures[index].renewsNotes = true
    writeNotes(index)
    tenures[index].isOwner = false
    let awake = (0..<3).filter { !isFrozen($0) }
    takeOver(process: awake.randomElement(using: &random) ?? 3, isUnclean: false)
  }

  private mutating func crash(_ process: Int) {
    excuse(process)
    calls = calls.filter { tenures[$0.tenure].process != process }
    for index in tenures.indices where tenures[index].process == process { tenures[index].renewsNotes = false }
    guard tenures[owner].process == process else { return }
    tenures[owner].isOwner = false
    pass(Self.sessionTimeout)
    takeOver(process: (process + 1) % 3, isUnclean: true)
  }

  /// Frozen for longer than its session: another one takes over, and it finishes its calls when it wakes.
  private mutating func freezeOwner() {
    let index = owner
    let process = tenures[index].process
    excuse(process)
    frozenUntil[process] = now + .milliseconds(Int.random(in: 6_000...15_000, using: &random))
    tenures[index].isOwner = false
    pass(Self.sessionTimeout)
    takeOver(process: (process + 1) % 3, isUnclean: true)
  }

  private mutating func excuse(_ process: Int) {
    for call in calls where tenures[call.tenure].process == process { excuses[call.fingerprint, default: 0] += 1 }
  }

  // MARK: The journal

  private mutating func write(_ key: JournalKey, _ value: [UInt8]?) {
    journal.append(Written(key: key, value: value, at: now))
  }

  private mutating func writeNotes(_ index: Int) {
    for call in tenures[index].book.callsInProgress {
      let note = HandOverNote(deadline: call.deadline, lease: Self.lease.milliseconds)
      write(.handOver(partition: 0, call.fingerprint), try? JournalCoding.encode(note))
    }
  }

  private mutating func read(_ index: Int, all: Bool) {
    let end = all ? journal.count : min(journal.count, tenures[index].position + Int.random(in: 0...4, using: &random))
    while tenures[index].position < end { readOne(index) }
  }

  private mutating func readOne(_ index: Int) {
    let offset = tenures[index].position
    let record = journal[offset]
    _ = tenures[index].book.apply(
      key: record.key.bytes, isTombstone: record.value == nil, offset: Int64(offset), at: now
    ) { record.value }
    tenures[index].position += 1
  }
}
