import FoundationEssentials
import Glibc
import HeadraceCore
import Testing

@testable import HeadraceBroker

/// Figures, not judgements: run by `ops/soak/broker-log-bench` on a quiet machine, in a release build.
@Suite("Log benchmark", .serialized, .enabled(if: ProcessInfo.processInfo.environment["HEADRACE_BENCH"] == "1"))
struct LogBenchmark {
  static let megabytes = ProcessInfo.processInfo.environment["HEADRACE_BENCH_MB"].flatMap { Int($0) } ?? 256
  let folder = TestFolder()

  private func open(_ durability: LogStore.Durability) throws -> LogStore {
    var configuration = LogStore.Configuration(folder: folder.path)
    configuration.durability = durability
    return try LogStore(configuration: configuration)
  }

  private func milliseconds(_ duration: Duration) -> String { "\(format(duration / .milliseconds(1)))" }
  private func format(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }

  private func percentiles(_ samples: [Duration]) -> String {
    let sorted = samples.sorted()
    func at(_ share: Double) -> String {
      milliseconds(sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))])
    }
    return "p50 \(at(0.5)) p99 \(at(0.99)) max \(at(1)) ms"
  }

  @Test(arguments: [LogStore.Durability.os, .fsync])
  func `acknowledged appends of 1 KiB`(durability: LogStore.Durability) throws {
    let store = try open(durability)
    for writers in [1, 4, 32] {
      let partitions = try store.createTopic("t\(writers)", partitions: Int32(min(writers, 8))).partitions
      let samples = Guarded<[Duration]>([])
      let each = (durability == .os ? 40_000 : 8_000) / writers
      let start = ContinuousClock.now
      let threads = (0..<writers).map { writer in
        OSThread(name: "writer") {
          let batch = TestBatch(bytes: 1024).bytes
          var own: [Duration] = []
          for _ in 0..<each {
            let begin = ContinuousClock.now
            let result = try! batch.withView { (view) throws(LogError) in
              try partitions[writer % partitions.count].append(view)
            }
            try! result.ticket.wait(until: .never)
            own.append(.now - begin)
          }
          samples.withLock { $0 += own }
        }
      }
      for thread in threads { thread.join() }
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      print(
        "BENCH \(durability) \(writers) writers: \(Int(Double(each * writers) / seconds)) acks/s, \(percentiles(samples.withLock { $0 }))"
      )
    }
    try store.close(deadline: .never)
  }

  @Test(arguments: [LogStore.Durability.os, .fsync])
  func `bulk appends and reads`(durability: LogStore.Durability) throws {
    let store = try open(durability)
    let partition = try store.createTopic("t", partitions: 1).partitions[0]
    let batch = TestBatch(records: (0..<900).map { _ in .init(value: [UInt8](repeating: 1, count: 1024)) }).bytes
    let count = Self.megabytes << 20 / batch.count
    var used = rusage()
    getrusage(Int32(RUSAGE_SELF.rawValue), &used)
    let cpuBefore = used.seconds
    let start = ContinuousClock.now
    var tickets: [CommitTicket] = []
    for _ in 0..<count {
      tickets.append(try batch.withView { (view) throws(LogError) in try partition.append(view) }.ticket)
      if tickets.count == 5 { try tickets.removeFirst().wait(until: .never) }
    }
    for ticket in tickets { try ticket.wait(until: .never) }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    getrusage(Int32(RUSAGE_SELF.rawValue), &used)
    let gigabytes = Double(count * batch.count) / 1e9
    print(
      "BENCH \(durability) bulk: \(Int(gigabytes * 1000 / seconds)) MB/s, CPU \(format((used.seconds - cpuBefore) / gigabytes)) s/GB, "
        + "\(format((used.seconds - cpuBefore) / Double(count * 900) * 1e6)) us/record")
    var offset: Int64 = 0
    var reads = 0
    let readStart = ContinuousClock.now
    while offset < partition.highWatermark {
      let result = try partition.read(from: offset, maxBytes: 1 << 20, minOneBatch: true, isolation: .readUncommitted)
      let end = result.slices.last!
      _ = end
      offset += Int64(result.byteCount / batch.count * 900)
      reads += 1
    }
    print(
      "BENCH \(durability) planning \(reads) reads of 1 MiB: \(milliseconds((ContinuousClock.now - readStart) / reads)) ms each"
    )
    try store.close(deadline: .never)
  }

  @Test(arguments: [LogStore.Durability.os, .fsync])
  func `opening`(durability: LogStore.Durability) throws {
    let start = ContinuousClock.now
    var store = try open(durability)
    print("BENCH \(durability) open, new folder: \(milliseconds(.now - start)) ms")
    for topic in 0..<10 {
      for partition in try store.createTopic("t\(topic)", partitions: 8).partitions {
        for _ in 0..<20 { _ = try TestBatch(bytes: 5000).bytes.withView { try partition.append($0) } }
      }
    }
    let closing = ContinuousClock.now
    try store.close(deadline: .never)
    print("BENCH \(durability) close: \(milliseconds(.now - closing)) ms")
    let again = ContinuousClock.now
    store = try open(durability)
    print("BENCH \(durability) open, 80 partitions: \(milliseconds(.now - again)) ms")
    try store.close(deadline: .never)
  }

  @Test
  func `recovery does not grow with the data`() throws {
    var store = try open(.os)
    let partition = try store.createTopic("t", partitions: 1).partitions[0]
    let batch = TestBatch(bytes: 15_000).bytes
    var appended = 0
    while appended < Self.megabytes << 20 {
      let result = try batch.withView { (view) throws(LogError) in try partition.append(view) }
      result.ticket.detach()
      appended += batch.count
    }
    try store.close(deadline: .never)
    store = try open(.fsync)
    // A journal's worth of small batches, then the folder as a crash leaves it: copied while the store is open.
    for number in 0..<8 {
      let small = try store.createTopic("s\(number)", partitions: 1).partitions[0]
      for _ in 0..<700 {
        try TestBatch(bytes: 8000).bytes.withView { (view) throws(LogError) in try small.append(view) }.ticket.detach()
      }
    }
    try store.state.put([StateChange(key: [1], value: [1])]).wait(until: .never)
    let copy = TestFolder()
    try FileManager.default.removeItem(atPath: copy.path)
    try FileManager.default.copyItem(atPath: folder.path, toPath: copy.path)
    try store.close(deadline: .never)
    var configuration = LogStore.Configuration(folder: copy.path)
    configuration.durability = .fsync
    let start = ContinuousClock.now
    let recovered = try LogStore(configuration: configuration)
    print("BENCH recovery with \(appended >> 20) MiB of data and 45 MB of journal: \(milliseconds(.now - start)) ms")
    #expect(recovered.partition("t", 0)!.highWatermark == Int64(appended / batch.count))
    let read = ContinuousClock.now
    _ = try recovered.partition("t", 0)!.read(
      from: 100, maxBytes: 1 << 20, minOneBatch: true, isolation: .readUncommitted)
    print("BENCH first read after it: \(milliseconds(.now - read)) ms")
    try recovered.close(deadline: .never)
  }

  @Test
  func `checksums`() {
    let bytes = [UInt8](repeating: 3, count: 1 << 20)
    let start = ContinuousClock.now
    var sum: UInt32 = 0
    for _ in 0..<200 { sum ^= CRC32C.checksum(bytes) }
    print("BENCH crc: \(format((ContinuousClock.now - start) / .microseconds(1) / 200)) us/MiB (\(sum))")
  }
}

extension rusage {
  fileprivate var seconds: Double {
    Double(ru_utime.tv_sec + ru_stime.tv_sec) + Double(ru_utime.tv_usec + ru_stime.tv_usec) / 1e6
  }
}
