internal import CRdkafka
internal import Synchronization

/// The results of one batch whose delivery is awaited: one continuation for all of them.
///
/// `@unchecked Sendable`: entry `i` is written once, by whoever learns the result of record `i` (the sender when librdkafka
/// refuses it, a report handler otherwise), before `remaining` is lowered; the sender reads entries after `remaining` has
/// reached zero.
@safe final class BatchDelivery: @unchecked Sendable {
  @safe struct Entry {
    /// Unretained: the sender holds the batch until every entry has its result.
    var batch: Unmanaged<BatchDelivery>
    var code: Int32
    var partition: Int32
    var offset: Int64
  }

  let count: Int
  private let entries: UnsafeMutablePointer<Entry>
  /// Records without result, and one for the sender while it is still enqueueing.
  private let remaining: Atomic<Int>
  private var continuation: UnsafeContinuation<Void, Never>?

  init(count: Int) {
    self.count = count
    remaining = Atomic(count + 1)
    unsafe entries = .allocate(capacity: count)
    let entry = unsafe Entry(
      batch: Unmanaged.passUnretained(self), code: 0, partition: -1, offset: -1)
    unsafe entries.initialize(repeating: entry, count: count)
  }

  deinit { unsafe entries.deallocate() }

  /// What goes into the opaque of record `index`: its entry's address with the lowest bit set.
  @inline(__always)
  func opaque(_ index: Int) -> UnsafeMutableRawPointer {
    unsafe UnsafeMutableRawPointer(bitPattern: UInt(bitPattern: entries + index) | 1).unsafelyUnwrapped
  }

  /// The entry behind an opaque, or `nil` when the opaque is something else.
  @inline(__always)
  static func entry(_ opaque: UnsafeMutableRawPointer) -> UnsafeMutablePointer<Entry>? {
    let bits = UInt(bitPattern: opaque)
    return unsafe bits & 1 == 1 ? UnsafeMutablePointer(bitPattern: bits & ~1) : nil
  }

  /// Record `index` was refused.
  func refuse(_ index: Int, _ code: rd_kafka_resp_err_t) {
    unsafe entries[index].code = code.rawValue
    finish(1)
  }

  /// `count` records have their results. With the sender's own share left, the sender may go as soon as it sees that, and this object with it.
  func finish(_ count: Int) {
    guard remaining.wrappingSubtract(count, ordering: .acquiringAndReleasing).newValue == 0 else { return }
    unsafe continuation?.resume()
  }

  /// Whether all have; after everything is enqueued or refused.
  var hasAllResults: Bool { remaining.load(ordering: .acquiring) == 1 }

  /// Waits until all have; once, after everything is enqueued or refused.
  func wait() async {
    unsafe await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
      unsafe self.continuation = continuation
      finish(1)
    }
  }

  /// The result of record `index`; once all have theirs.
  func result(_ index: Int) -> (code: Int32, partition: Int32, offset: Int64) {
    let entry = unsafe entries[index]
    return (entry.code, entry.partition, entry.offset)
  }
}
