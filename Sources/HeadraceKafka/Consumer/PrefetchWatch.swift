internal import CRdkafka

/// Wakes librdkafka's fetcher when its queue, which was full, has room again.
///
/// Below 2.2.0 a fetcher that has found the queue full looks again after up to a second, whatever is taken out
/// meanwhile: with a small queue a fast reader stands still most of the time. Nothing in its interface asks for a look,
/// but a change of credentials makes every broker's thread look at its work, and the credentials may be the same.
/// Later versions have `fetch.queue.backoff.ms` for it.
struct PrefetchWatch {
  private let limit: Int
  /// What to hand in again; nil where a wake-up is not needed or not possible.
  private let credentials: (username: String, password: String)?
  private var wasFull = false

  init(_ configuration: KafkaConfiguration) {
    limit = configuration.consumer.queuedBytes
    credentials = LibraryVersion.isAtLeast(2, 2, 0) ? nil : Self.credentials(configuration)
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

  /// Whether the fetcher is to be woken now that records were taken out of the queue and `queued` are left in it.
  mutating func shouldWake(queued: Int, taken: Int, bytes: Int) -> Bool {
    guard credentials != nil, taken > 0 else { return false }
    // What is queued is counted, not weighed: it is taken to be like what came before it.
    let weight = bytes / taken
    if !wasFull {
      wasFull = (queued + taken) * weight >= limit / 8 * 7
      return false
    }
    guard queued * weight < limit / 4 * 3 else { return false }
    wasFull = false
    return true
  }

  /// Makes every broker's thread look at its work.
  func wake(_ client: OpaquePointer) {
    guard let credentials else { return }
    if let error = unsafe rd_kafka_sasl_set_credentials(client, credentials.username, credentials.password) {
      unsafe rd_kafka_error_destroy(error)
    }
  }
}
