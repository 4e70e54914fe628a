internal import CRdkafka

/// Wakes librdkafka's fetcher when its queue, which was full, has room again.
///
/// Below 2.2.0 a fetcher that has found the queue full looks again after up to a second, whatever is taken out
/// meanwhile: with a small queue a fast reader stands still most of the time. Nothing in its interface asks for a look,
/// but a change of credentials makes every broker's thread look at its work, and the credentials may be the same.
/// Later versions have `fetch.queue.backoff.ms` for it. One that has nothing to fetch, since its partitions are paused, sleeps as
/// long in every version.
struct PrefetchWatch {
  private let limit: Int
  /// Whether a queue that has room again needs a wake-up.
  private let looksAfterQueue: Bool
  /// What to hand in again; nil where that is not possible.
  private let credentials: (username: String, password: String)?
  private var wasFull = false
  /// Bytes of a record, as last seen.
  private var weight = 0
  /// Taken out since the last wake-up.
  private var takenBytes = 0

  init(_ configuration: KafkaConfiguration) {
    limit =
      configuration.extra["queued.max.messages.kbytes"].flatMap { Int($0) }.map { $0 << 10 }
      ?? configuration.consumer.queuedBytes
    looksAfterQueue = !LibraryVersion.isAtLeast(2, 2, 0)
    credentials = Self.credentials(configuration)
  }

  private static func credentials(_ configuration: KafkaConfiguration) -> (String, String)? {
    // Who sets credentials by hand may change them by hand.
    guard !configuration.extra.keys.contains(where: { $0.hasPrefix("sasl.") || $0 == "security.protocol" }) else {
      return nil
    }
    switch configuration.security {
    case .sasl(.plain(let username, let password)), .saslTLS(.plain(let username, let password), _),
      .sasl(.scramSHA256(let username, let password)), .saslTLS(.scramSHA256(let username, let password), _),
      .sasl(.scramSHA512(let username, let password)), .saslTLS(.scramSHA512(let username, let password), _):
      return (username, password)
    // No other mechanism reads them.
    case .plaintext, .tls, .sasl(.oauthBearer), .saslTLS(.oauthBearer, _): return ("-", "-")
    }
  }

  /// Whether the fetcher is to be woken now that records were taken out of the queue.
  ///
  /// - Parameters:
  ///   - before: Records in the queue before that, those of paused partitions included: nobody gets to see them any
  ///     more, and they made it full as well.
  ///   - queued: Records that are left in it.
  ///   - taken: Records that were taken out, of so many `bytes`.
  mutating func shouldWake(before: Int, queued: Int, taken: Int, bytes: Int) -> Bool {
    guard looksAfterQueue, credentials != nil else { return false }
    // What is queued is counted, not weighed: it is taken to be like what came before it.
    if taken > 0 { weight = max(1, bytes / taken) }
    takenBytes += bytes
    if max(before, queued + taken) * weight >= limit / 8 * 7 { wasFull = true }
    // Where that is wrong (small records behind large ones), the queue runs dry after all that had filled it.
    let ranDry = queued == 0 && takenBytes >= limit / 4
    guard ranDry || (wasFull && queued * weight < limit / 4 * 3) else { return false }
    wasFull = false
    takenBytes = 0
    return true
  }

  /// Makes the brokers' threads look at partitions that are no longer paused.
  func wakeAfterResume(_ client: OpaquePointer) {
    guard credentials != nil else { return }
    // A question to the thread that resumes them; once it answers, they are.
    var list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
    if unsafe rd_kafka_assignment(client, &list) == RD_KAFKA_RESP_ERR_NO_ERROR, let list = unsafe list {
      unsafe rd_kafka_topic_partition_list_destroy(list)
    }
    unsafe wake(client)
  }

  /// Makes every broker's thread look at its work.
  func wake(_ client: OpaquePointer) {
    guard let credentials else { return }
    if let error = unsafe rd_kafka_sasl_set_credentials(client, credentials.username, credentials.password) {
      unsafe rd_kafka_error_destroy(error)
    }
  }
}
