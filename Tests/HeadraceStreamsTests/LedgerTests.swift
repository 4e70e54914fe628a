import Testing

@testable import HeadraceStreams

/// The ledger against a naive set of offsets.
@Suite(.timeLimit(.minutes(3)))
struct LedgerTests {
  /// What the ledger means, told with a set.
  struct Naive {
    var committed: Int64
    var received: Set<Int64> = []
    var done: Set<Int64> = []
    var seenUpTo: Int64

    /// Done, or passed over in a range that was read.
    func isDone(_ offset: Int64) -> Bool {
      offset < committed || done.contains(offset) || (offset < seenUpTo && !received.contains(offset))
    }
    var base: Int64 {
      var base = committed
      while base < seenUpTo, isDone(base) { base += 1 }
      return base
    }
  }

  @Test(arguments: 0..<8 as Range<UInt64>)
  func agreesWithANaiveSet(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let start = Int64.random(in: 0..<1_000_000, using: &random)
    var ledger = Ledger(base: start)
    var naive = Naive(committed: start, seenUpTo: start)
    var open: [Int64] = []
    let gapPercent = Int.random(in: 0...40, using: &random)
    for step in 0..<125_000 {
      if open.count < 2_000, random.chance(52) {
        var offset = naive.seenUpTo
        if random.chance(gapPercent) { offset += Int64.random(in: 1...200, using: &random) }
        guard ledger.canReceive(offset) else { continue }
        if !take(&ledger, offset) { Issue.record("seed \(seed), step \(step): not received") }
        naive.seenUpTo = offset + 1
        naive.received.insert(offset)
        open.append(offset)
      } else if let index = open.indices.randomElement(using: &random) {
        let offset = open.remove(at: random.chance(70) ? 0 : index)
        ledger.finish(offset)
        naive.done.insert(offset)
      } else if random.chance(10) {
        let end = naive.seenUpTo + Int64.random(in: 0...3, using: &random)
        ledger.reachedEnd(at: end)
        naive.seenUpTo = max(naive.seenUpTo, end)
      }
      if ledger.undone != open.count { Issue.record("seed \(seed), step \(step): undone") }
      if step % 997 == 0 {
        #expect(ledger.base == naive.base, "seed \(seed), step \(step)")
        for _ in 0..<20 {
          let probe = Int64.random(in: start...naive.seenUpTo, using: &random)
          if probe < naive.seenUpTo {
            #expect(ledger.isDone(probe) == naive.isDone(probe), "seed \(seed), step \(step)")
          }
        }
        // Compact the model, so that it stays small.
        naive.committed = naive.base
        naive.received = naive.received.filter { $0 >= naive.committed }
        naive.done = naive.done.filter { $0 >= naive.committed }
      }
    }
  }

  @Test(arguments: 0..<40 as Range<UInt64>)
  func G08_metadataFitsAndComesBackAsItWas(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let start = Int64.random(in: 0..<1 << 60, using: &random)
    var ledger = Ledger(base: start)
    var open: [Int64] = []
    // From densely to hardly anything done; with gaps of any size.
    let finishPercent = Int.random(in: 1...99, using: &random)
    let longGaps = random.chance(50)
    var offset = start
    for _ in 0..<40_000 {
      if longGaps, random.chance(1) { offset += Int64.random(in: 0..<30_000, using: &random) }
      guard ledger.canReceive(offset) else {
        guard !open.isEmpty else { break }
        ledger.finish(open.remove(at: Int.random(in: 0..<open.count, using: &random)))
        continue
      }
      _ = take(&ledger, offset)
      if random.chance(finishPercent) { ledger.finish(offset) } else { open.append(offset) }
      offset += 1
    }
    let nonce = random.next()
    let text = AckMetadata.encode(ledger, nonce: nonce)
    #expect(text.utf8.count <= AckMetadata.limit)
    #expect(text.utf8.allSatisfy { $0 < 0x80 })
    guard case .valid(let read) = AckMetadata.decode(text, committedOffset: ledger.base) else {
      Issue.record("seed \(seed): \(AckMetadata.decode(text, committedOffset: ledger.base))")
      return
    }
    #expect(read.nonce == nonce)
    #expect(read.ledger.base == ledger.base)
    #expect(read.ledger.top == ledger.top)
    #expect(read.ledger.undone == ledger.undone)
    for undone in open { #expect(!read.ledger.isDone(undone)) }
    for _ in 0..<500 where ledger.top > ledger.base {
      let probe = Int64.random(in: ledger.base..<ledger.top, using: &random)
      #expect(read.ledger.isDone(probe) == ledger.isDone(probe))
    }
  }

  @Test func G08_worstCasesFit() {
    // 24,000 offsets, every other one done: the longest bitmap, with the worst run lengths.
    var dense = Ledger(base: 1 << 60)
    for offset in (Int64(1) << 60)..<(1 << 60) + Ledger.denseSpan {
      guard dense.canReceive(offset), take(&dense, offset) else { Issue.record("\(offset)"); return }
      if offset % 2 == 1 { dense.finish(offset) }
    }
    #expect(!dense.canReceive((1 << 60) + Ledger.denseSpan))
    #expect(AckMetadata.encode(dense, nonce: .max).utf8.count <= AckMetadata.limit)

    // 600 undone offsets as far apart as the longest window allows.
    var sparse = Ledger(base: 1 << 60)
    let stride = Ledger.longestSpan / Int64(Ledger.sparseUndone) - 1
    for index in 0..<Int64(Ledger.sparseUndone) {
      let offset = (1 << 60) + index * stride
      #expect(sparse.canReceive(offset))
      #expect(take(&sparse, offset))
    }
    #expect(!sparse.canReceive(sparse.top + 30_000))
    #expect(AckMetadata.encode(sparse, nonce: .max).utf8.count <= AckMetadata.limit)
  }

  @Test func oneSlowRecordDoesNotStopItsPartition() {
    var ledger = Ledger(base: 0)
    #expect(take(&ledger, 0))
    for offset in 1..<Int64(1_000_000) {
      guard ledger.canReceive(offset), ledger.receive(offset) else {
        Issue.record("stopped at \(offset)")
        return
      }
      ledger.finish(offset)
    }
    #expect(ledger.base == 0)
    #expect(ledger.undone == 1)
    #expect(AckMetadata.encode(ledger, nonce: 1).utf8.count < 100)
    ledger.finish(0)
    #expect(ledger.base == 1_000_000)
  }

  @Test func restoredStateIsSkippedAndGapsInItCountAsDone() {
    // 10 done, 11 undone, 12–13 done, 14 undone, 15 done; 11 was compacted away meanwhile.
    var ledger = Ledger(base: 9, top: 16, done: [10..<11, 12..<14, 15..<16])
    #expect(ledger.undone == 3)
    #expect(take(&ledger, 9))
    #expect(!take(&ledger, 10))
    #expect(!take(&ledger, 13))
    #expect(ledger.undone == 2)
    #expect(take(&ledger, 14))
    #expect(!take(&ledger, 14), "an offset is handed out once")
    #expect(!take(&ledger, 15))
    #expect(take(&ledger, 16))
    ledger.finish(9)
    #expect(ledger.base == 14)
    ledger.finish(14)
    ledger.finish(16)
    #expect(ledger.base == 17)
    #expect(ledger.span == 0)
  }

  @Test func theEndMovesTheBaseOverMarkers() {
    var ledger = Ledger(base: 5)
    #expect(take(&ledger, 5))
    ledger.reachedEnd(at: 8)
    #expect(ledger.base == 5)
    ledger.finish(5)
    #expect(ledger.base == 8)
    ledger.reachedEnd(at: 12)
    #expect(ledger.base == 12)
  }

  @Test func G12_corruptOrForeignMetadataIsNeverBelieved() {
    var ledger = Ledger(base: 100)
    for offset in Int64(100)..<164 { _ = ledger.receive(offset) }
    for offset in stride(from: Int64(101), to: 164, by: 3) { ledger.finish(offset) }
    let text = AckMetadata.encode(ledger, nonce: 42)

    #expect(AckMetadata.decode(nil, committedOffset: 100) == .absent)
    #expect(AckMetadata.decode("", committedOffset: 100) == .absent)
    func isIgnored(_ text: String, _ offset: Int64 = 100) -> Bool {
      if case .ignored = AckMetadata.decode(text, committedOffset: offset) { true } else { false }
    }
    #expect(isIgnored("someone else's note"))
    #expect(isIgnored("{\"a\":1}"))
    #expect(isIgnored(text, 99), "an offset that was reset with the metadata left behind")
    #expect(isIgnored(text, 101))
    // Every single changed character is noticed.
    let characters = Array(text)
    for index in characters.indices {
      var changed = characters
      changed[index] = changed[index] == "A" ? "B" : "A"
      let reading = AckMetadata.decode(String(changed), committedOffset: 100)
      if case .valid = reading { Issue.record("character \(index) changed and was believed") }
    }
    for length in characters.indices { #expect(isIgnored(String(characters[..<length])) || length == 0) }
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func G12_noBytesMakeTheReaderFail(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<2_000 {
      let length = Int.random(in: 0..<120, using: &random)
      var bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
      if length > 16 { bytes.replaceSubrange(0..<4, with: [0x48, 0x41, 1, UInt8.random(in: 0...3, using: &random)]) }
      if length > 16, random.chance(80) {
        // With the right checksum, so that the insides are reached.
        let sum = Checksum.crc32c(Array(bytes[8...]), seed: Checksum.crc32c([1, bytes[3]]))
        for index in 0..<4 { bytes[4 + index] = UInt8(truncatingIfNeeded: sum >> UInt32(8 * index)) }
      }
      _ = AckMetadata.decode(base64(bytes), committedOffset: Int64.random(in: 0..<300, using: &random))
    }
  }

  private func take(_ ledger: inout Ledger, _ offset: Int64) -> Bool { ledger.receive(offset) }

  private func base64(_ bytes: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    var text = ""
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let chunk = bytes[start..<min(start + 3, bytes.count)]
      let value = chunk.enumerated().reduce(0) { $0 | Int($1.element) << (16 - 8 * $1.offset) }
      for index in 0...chunk.count { text.append(alphabet[value >> (18 - 6 * index) & 63]) }
      text += String(repeating: "=", count: 3 - chunk.count)
    }
    return text
  }
}
