internal import HeadraceCore

/// Memory for large frames, bounded: a connection takes its buffer before it reads the body, and waits while none is
/// left, so that TCP slows the client. Buffers are reused, for fresh ones cost more than the reading.
@safe
final class BufferPool: @unchecked Sendable {
  // Invariant: all of it is touched under the condition's lock only; a buffer that is out belongs to who took it.
  private let condition = Condition()
  private let limit: Int
  private let keptLimit: Int
  private var used = 0
  private var kept = 0
  private var free: [UnsafeMutableRawBufferPointer] = unsafe []

  /// - Parameters:
  ///   - limit: Bytes that may be out at once. One buffer may be larger, alone.
  ///   - keptLimit: Bytes that are kept for reuse while nobody needs them.
  init(limit: Int, keptLimit: Int = 16 << 20) {
    self.limit = limit
    self.keptLimit = min(limit, keptLimit)
  }

  deinit {
    unsafe free.forEach { unsafe $0.deallocate() }
  }

  /// A buffer of at least `count` bytes; blocks while too much is out. Nil once `isCancelled` says so, which is asked
  /// every 100 ms.
  func take(_ count: Int, isCancelled: () -> Bool) -> UnsafeMutableRawBufferPointer? {
    let size = Self.roundedUp(count)
    condition.lock()
    defer { condition.unlock() }
    while used > 0, used + size > limit {
      if !condition.wait(until: MonotonicTime.now + .milliseconds(100)), isCancelled() { return nil }
    }
    used += size
    if let index = unsafe free.lastIndex(where: { $0.count == size }) {
      kept -= size
      return unsafe free.remove(at: index)
    }
    return UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
  }

  func give(_ buffer: UnsafeMutableRawBufferPointer) {
    condition.withLock {
      used -= buffer.count
      if kept + buffer.count <= keptLimit {
        kept += buffer.count
        unsafe free.append(buffer)
      } else {
        unsafe buffer.deallocate()
      }
    }
    condition.broadcast()
  }

  /// Bytes that are out.
  var bytesInUse: Int { condition.withLock { used } }

  /// Powers of two up to 1 MiB, whole MiB above.
  private static func roundedUp(_ count: Int) -> Int {
    if count > 1 << 20 { return (count + (1 << 20) - 1) & ~((1 << 20) - 1) }
    var size = 128 << 10
    while size < count { size <<= 1 }
    return size
  }
}
