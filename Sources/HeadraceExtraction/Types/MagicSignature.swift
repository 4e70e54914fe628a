internal import CMagic
internal import Synchronization

/// What libmagic takes bytes for, as a media type.
///
/// A cookie of libmagic serves one thread at a time: those not in use wait in a pool.
package final class MagicSignature: Sendable {
  /// The pool that everybody shares: the database is mapped once a cookie.
  package static let shared = MagicSignature()

  /// Invariant: a cookie is in the pool or with exactly one caller.
  @safe private struct Cookie: @unchecked Sendable {
    let raw: magic_t
  }

  private let pool = Mutex<[Cookie]>([])
  private static let kept = 4

  /// The media type of a document that begins with `head`; nil when libmagic cannot be used.
  package func mediaType(of head: [UInt8]) -> String? {
    guard let cookie = take() else { return nil }
    defer { giveBack(cookie) }
    return unsafe head.withUnsafeBytes { buffer in
      unsafe magic_buffer(cookie.raw, buffer.baseAddress, buffer.count).map { unsafe String(cString: $0) }
    }
  }

  private func take() -> Cookie? {
    if let cookie = pool.withLock({ $0.popLast() }) { return cookie }
    guard let raw = unsafe magic_open(MAGIC_MIME_TYPE | MAGIC_NO_CHECK_COMPRESS) else { return nil }
    guard unsafe magic_load(raw, nil) == 0 else {
      unsafe magic_close(raw)
      return nil
    }
    return unsafe Cookie(raw: raw)
  }

  private func giveBack(_ cookie: Cookie) {
    let isSpare = pool.withLock { pool in
      guard pool.count < Self.kept else { return true }
      pool.append(cookie)
      return false
    }
    if isSpare { unsafe magic_close(cookie.raw) }
  }
}
