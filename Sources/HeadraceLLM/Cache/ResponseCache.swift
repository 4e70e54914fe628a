internal import HeadraceCore

/// Answers by tenant and fingerprint, the least recently used leaving first when the bytes are used up.
struct ResponseCache: Sendable {
  private struct Key: Hashable {
    var tenant: String
    var fingerprint: CallFingerprint
  }

  private struct Entry {
    var result: CallResult
    var bytes: Int
    var used: UInt64
  }

  private let limit: Int
  private var entries: [Key: Entry] = [:]
  /// Keys by last use, oldest first; stale ones are passed over.
  private var order: [(key: Key, used: UInt64)] = []
  private var oldest = 0
  private var clock: UInt64 = 0
  private(set) var bytes = 0

  init(bytes: Int) { limit = bytes }

  var count: Int { entries.count }

  /// Another tenant's answer is never found: the tenant is part of the key as well as of the fingerprint.
  mutating func result(tenant: String, fingerprint: CallFingerprint) -> CallResult? {
    let key = Key(tenant: tenant, fingerprint: fingerprint)
    guard let entry = entries[key] else { return nil }
    touch(key)
    return entry.result
  }

  mutating func insert(_ result: CallResult, tenant: String, fingerprint: CallFingerprint) {
    let size = result.response.count + 256
    guard size <= limit else { return }
    let key = Key(tenant: tenant, fingerprint: fingerprint)
    if let known = entries[key] { bytes -= known.bytes }
    entries[key] = Entry(result: result, bytes: size, used: 0)
    bytes += size
    touch(key)
    while bytes > limit, oldest < order.count {
      let (key, used) = order[oldest]
      oldest += 1
      guard let entry = entries[key], entry.used == used else { continue }
      entries[key] = nil
      bytes -= entry.bytes
    }
  }

  private mutating func touch(_ key: Key) {
    clock += 1
    entries[key]?.used = clock
    order.append((key, clock))
    // Twice as many stale keys as entries: write the list anew.
    if order.count - oldest > 2 * entries.count + 64 {
      order = order[oldest...].filter { entries[$0.key]?.used == $0.used }
      oldest = 0
    }
  }
}
