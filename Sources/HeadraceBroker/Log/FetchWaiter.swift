/// A fetch that is parked until enough bytes came to any of the partitions it is registered at.
///
/// One a connection thread, used again and again: `prepare`, `register` at each partition, `wait`, `unregisterAll`.
///
/// Sendable: `lock` guards the counters; `places` belongs to the thread that fetches.
/// Order of locks: a partition's, then the waiter's.
final class FetchWaiter: @unchecked Sendable {
  private let lock = ThreadLock()
  private var missing = 1
  private var isWoken = false
  private var places: [Place] = []

  /// A waiter's seat in a partition's list; linked and unlinked under the partition's lock.
  final class Place {
    let waiter: FetchWaiter
    let partition: Partition
    let isolation: Isolation
    var previous: Place?
    var next: Place?

    init(waiter: FetchWaiter, partition: Partition, isolation: Isolation) {
      self.waiter = waiter
      self.partition = partition
      self.isolation = isolation
    }
  }

  init() {}

  /// Begins a new wait that ends once `minBytes` more bytes became readable.
  func prepare(minBytes: Int) {
    lock.withLock {
      missing = max(1, minBytes)
      isWoken = false
    }
  }

  /// - Returns: true when the bytes came, a partition was deleted or `wake` was called; false at the deadline.
  func wait(until deadline: Deadline) -> Bool {
    lock.lock()
    defer { lock.unlock() }
    while !isWoken {
      if !lock.wait(until: deadline) { return isWoken }
    }
    return true
  }

  /// Ends the wait, from any thread.
  func wake() { add(bytes: Int.max) }

  /// Leaves all partitions; always called after `wait`.
  func unregisterAll() {
    for place in places { place.partition.unregister(place) }
    places.removeAll(keepingCapacity: true)
  }

  func add(bytes: Int) {
    lock.lock()
    missing = bytes >= missing ? 0 : missing - bytes
    if missing == 0, !isWoken {
      isWoken = true
      lock.signal()
    }
    lock.unlock()
  }

  func keep(_ place: Place) { places.append(place) }
}
