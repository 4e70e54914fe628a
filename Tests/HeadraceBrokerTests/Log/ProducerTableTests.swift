import Testing

@testable import HeadraceBroker

@Suite("Producer table")
struct ProducerTableTests {
  private func header(
    _ sequence: Int32, count: Int32 = 1, epoch: Int16 = 0, offset: Int64 = 0, transactional: Bool = false
  ) -> RecordBatchHeader {
    var header = TestBatch("x").bytes.withView { RecordBatchHeader($0)! }
    header.producerId = 9
    header.producerEpoch = epoch
    header.baseSequence = sequence
    header.baseOffset = offset
    header.recordCount = count
    header.lastOffsetDelta = count - 1
    if transactional { header.attributes |= 0x10 }
    return header
  }

  private func table(_ headers: RecordBatchHeader...) -> ProducerTable {
    var table = ProducerTable()
    for header in headers { table.record(header, logAppendTime: -1, now: 5) }
    return table
  }

  @Test
  func `an unknown producer may start anywhere, a known one goes on without gap`() throws {
    #expect(try ProducerTable().judge(header(17)) == .new)
    let table = table(header(17, count: 3))
    #expect(try table.judge(header(20)) == .new)
    #expect(throws: LogError.self) { try table.judge(header(21)) }
    #expect(throws: LogError.self) { try table.judge(header(19)) }
  }

  @Test
  func `the last five batches are known again by first and last sequence`() throws {
    let table = table(
      header(0, offset: 100), header(1, count: 2, offset: 101), header(3, offset: 103), header(4, offset: 104),
      header(5, offset: 105), header(6, offset: 106))
    let known = ProducerTable.Batch(firstSequence: 1, lastSequence: 2, baseOffset: 101, logAppendTime: -1)
    #expect(try table.judge(header(1, count: 2)) == .duplicate(known))
    #expect(throws: LogError.outOfOrderSequence("producer 9 sent sequence 1, expected was 7")) {
      try table.judge(header(1))
    }
    #expect(throws: LogError.outOfOrderSequence("producer 9 sent sequence 0, expected was 7")) {
      try table.judge(header(0))
    }
  }

  @Test
  func `a lower epoch is fenced, a higher one starts at zero`() throws {
    let table = table(header(3, epoch: 2))
    #expect { try table.judge(header(4, epoch: 1)) } throws: { ($0 as? LogError)?.code == 47 }
    #expect { try table.judge(header(4, epoch: 3)) } throws: { ($0 as? LogError)?.code == 45 }
    #expect(try table.judge(header(0, epoch: 3)) == .new)
  }

  @Test
  func `sequences begin again behind the largest`() throws {
    let table = table(header(Int32.max - 1, count: 4))
    #expect(RecordBatchHeader.sequence(.max - 1, plus: 3) == 1)
    #expect(try table.judge(header(2)) == .new)
    #expect(throws: LogError.self) { try table.judge(header(.max)) }
  }

  @Test
  func `the stable offset waits for the marker to be durable`() {
    var table = table(header(0, offset: 10, transactional: true))
    #expect(table.lastStableOffset(highWatermark: 5) == 5)
    #expect(table.lastStableOffset(highWatermark: 20) == 10)
    #expect(table.end(producerId: 9, epoch: 0, markerOffset: 20, now: 6) == 10)
    #expect(table.lastStableOffset(highWatermark: 20) == 10)
    #expect(table.lastStableOffset(highWatermark: 21) == 21)
  }

  @Test
  func `a marker of a higher epoch fences, and the new epoch starts at zero`() throws {
    var table = table(header(0, offset: 10, transactional: true))
    _ = table.end(producerId: 9, epoch: 1, markerOffset: 11, now: 6)
    #expect { try table.judge(header(1)) } throws: { ($0 as? LogError)?.code == 47 }
    #expect(try table.judge(header(0, epoch: 1)) == .new)
    #expect { try table.judge(header(1, epoch: 1)) } throws: { ($0 as? LogError)?.code == 45 }
  }

  @Test
  func `it survives its encoding, and forgets who is silent and has nothing open`() throws {
    var table = table(header(0, count: 2, offset: 10, transactional: true))
    var writer = ByteWriter()
    table.encode(to: &writer)
    let copy = try writer.bytes.withView { view in
      var reader = ByteReader(view)
      return try ProducerTable(from: &reader)
    }
    #expect(copy.entries == table.entries)
    #expect(copy.unstable == table.unstable)
    table.expire(before: 100)
    #expect(table.entries.count == 1)
    _ = table.end(producerId: 9, epoch: 0, markerOffset: 20, now: 6)
    table.expire(before: 6)
    #expect(table.entries.count == 1)
    table.expire(before: 7)
    #expect(table.entries.isEmpty)
  }
}
