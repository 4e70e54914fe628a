extension KafkaConfiguration {
  /// What to tune for. A preset only sets other defaults: any value may be changed afterwards.
  ///
  /// | preset | linger | prefetched by a consumer | buffered by a producer | good for |
  /// |---|---|---|---|---|
  /// | `balanced` | 5 ms | ≤ 64 MiB | ≤ 100,000 records, 128 MiB | most services |
  /// | `throughput` | 20 ms | ≤ 512 MiB | ≤ 500,000 records, 512 MiB | bulk loads, copies, rebuilds |
  /// | `latency` | 0 ms | ≤ 64 MiB | ≤ 100,000 records, 128 MiB | request and reply, awaited sends |
  /// | `processor` | 5 ms | ≤ 8 MiB | ≤ 50,000 records, 48 MiB | slow handlers: the whole client stays under 100 MB |
  public enum Preset: String, Sendable, CaseIterable {
    /// Middle ground; the default.
    case balanced
    /// Most records a second for the fewest CPU cycles; costs up to 1 GiB of memory when both sides are used.
    case throughput
    /// The shortest way for one record; smaller batches, so more requests.
    case latency
    /// Handlers that take long: little memory, transactions, `read_committed`.
    case processor
  }

  mutating func apply(_ preset: Preset) {
    switch preset {
    case .balanced: break
    case .throughput:
      producer.linger = .milliseconds(20)
      producer.bufferRecords = 500_000
      producer.bufferBytes = 512 << 20
      producer.batchBytes = 1 << 20
      consumer.queuedBytes = 512 << 20
      consumer.partitionFetchBytes = 8 << 20
      consumer.fetchMaximumBytes = 128 << 20
    case .latency:
      producer.linger = .zero
      consumer.fetchMaximumWait = .milliseconds(100)
    case .processor:
      producer.bufferRecords = 50_000
      producer.bufferBytes = 48 << 20
      // What is fetched stays in memory as a whole until its last record is handed over: up to twice the queue.
      consumer.queuedBytes = 8 << 20
      consumer.fetchMaximumBytes = 4 << 20
      // Eight partitions a fetch, so that none waits for the others' records to be handled.
      consumer.partitionFetchBytes = 512 << 10
      consumer.batchBytes = 4 << 20
      consumer.isolation = .readCommitted
    }
  }
}
