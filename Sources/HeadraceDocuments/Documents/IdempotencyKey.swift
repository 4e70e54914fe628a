internal import HeadraceCore

/// A caller's name for one attempt to do something, within its tenant.
struct IdempotencyKey: Sendable, Hashable {
  /// SHA-256 of tenant and key. The key itself is stored nowhere.
  let hash: SHA256.Digest

  /// The tenant's length goes before it, so that no two pairs give the same bytes.
  init(tenant: String, key: String) {
    var hasher = SHA256()
    hasher.update(Array("\(tenant.utf8.count):\(tenant)\(key)".utf8))
    hash = hasher.finalize()
  }
}
