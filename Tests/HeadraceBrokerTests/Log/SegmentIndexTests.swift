import Testing

@testable import HeadraceBroker

@Suite("Segment index")
struct SegmentIndexTests {
  /// A hint file with these (offset, position) pairs.
  static func entries(_ pairs: [(Int64, Int64)]) -> [UInt8] {
    var writer = ByteWriter()
    for (offset, position) in pairs {
      var one = ByteWriter()
      one.put(offset)
      one.put(position)
      one.put(Int64(-1))
      writer.putRaw(one.bytes)
      writer.put(CRC32C.checksum(one.bytes))
    }
    return writer.bytes
  }

  @Test
  func `every batch is found from an entry at or before it, after a reload too`() {
    var index = SegmentIndex()
    var batches: [(offset: Int64, position: Int64, timestamp: Int64)] = []
    var random = SeededGenerator(seed: 5)
    var header = TestBatch("x").bytes.withView { RecordBatchHeader($0)! }
    var position: Int64 = 0
    for number in 0..<3000 {
      header.baseOffset = Int64(number * 3)
      header.batchLength = Int32.random(in: 60...900, using: &random)
      header.maxTimestamp = Int64(number / 10 * 10)
      batches.append((header.baseOffset, position, header.maxTimestamp))
      index.add(header, at: position)
      position += Int64(header.byteCount)
    }
    #expect(index.coveredBytes == position)
    index.persistedEntries = 0
    let reloaded = SegmentIndex(hints: index.encodedNewEntries(), base: 0, size: position)
    #expect(reloaded.coveredBytes > position - 2 * SegmentIndex.interval)
    for (candidate, slack) in [(index, SegmentIndex.interval + 1000), (reloaded, 3 * SegmentIndex.interval)] {
      for batch in batches {
        let entry = candidate.entry(before: batch.offset + 2)!
        #expect(entry.offset <= batch.offset && batch.position - entry.position <= slack)
        let bounded = candidate.entry(beforePosition: batch.position, offset: batch.offset)!
        #expect(bounded.position <= batch.position && batch.position - bounded.position <= slack)
        let first = batches.first { $0.timestamp >= batch.timestamp }!
        #expect(candidate.entry(beforeTimestamp: batch.timestamp)!.position <= first.position)
      }
    }
  }

  @Test
  func `hints end at the first entry that cannot be right`() {
    func count(_ bytes: [UInt8], size: Int64 = 100_000) -> Int {
      SegmentIndex(hints: bytes, base: 0, size: size).entries.count
    }
    // The last entry is scanned again, so it is not kept.
    #expect(count(Self.entries([(0, 0), (5, 20_000), (9, 40_000)])) == 2)
    #expect(count(Self.entries([(0, 0), (5, 20_000), (4, 40_000)])) == 1)
    #expect(count(Self.entries([(0, 0), (5, 20_000), (9, 40_000)]), size: 30_000) == 1)
    #expect(count(Self.entries([(0, 7), (5, 20_000)])) == 0)
    #expect(count(Array(Self.entries([(0, 0), (5, 20_000)]).dropLast())) == 0)
    var broken = Self.entries([(0, 0), (5, 20_000), (9, 40_000)])
    broken[30] ^= 1
    #expect(count(broken) == 0)
  }
}
