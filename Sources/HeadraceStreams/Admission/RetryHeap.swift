internal import HeadraceCore

/// Items that wait for a time, soonest first: a binary heap.
struct RetryHeap {
  private struct Entry {
    var due: MonotonicTime
    /// Breaks ties in the order of entry.
    var number: UInt64
    var item: WorkItem

    func isBefore(_ other: Entry) -> Bool {
      due == other.due ? number < other.number : due < other.due
    }
  }

  private var entries: [Entry] = []
  private var number: UInt64 = 0

  var count: Int { entries.count }
  /// When the soonest is due.
  var nextDue: MonotonicTime? { entries.first?.due }

  mutating func insert(_ item: WorkItem, due: MonotonicTime) {
    number &+= 1
    entries.append(Entry(due: due, number: number, item: item))
    var child = entries.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard entries[child].isBefore(entries[parent]) else { break }
      entries.swapAt(child, parent)
      child = parent
    }
  }

  /// The soonest item when it is due by `now`.
  mutating func popDue(_ now: MonotonicTime) -> WorkItem? {
    guard let first = entries.first, first.due <= now else { return nil }
    let last = entries.removeLast()
    if !entries.isEmpty {
      entries[0] = last
      sink(0)
    }
    return first.item
  }

  /// Drops items and returns them.
  mutating func remove(where unwanted: (WorkItem) -> Bool) -> [WorkItem] {
    var dropped: [WorkItem] = []
    let kept = entries.filter { entry in
      guard unwanted(entry.item) else { return true }
      dropped.append(entry.item)
      return false
    }
    guard !dropped.isEmpty else { return [] }
    entries = kept
    for index in stride(from: entries.count / 2, through: 0, by: -1) where index < entries.count { sink(index) }
    return dropped
  }

  private mutating func sink(_ start: Int) {
    var parent = start
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < entries.count && entries[child].isBefore(entries[least]) { least = child }
      if least == parent { return }
      entries.swapAt(parent, least)
      parent = least
    }
  }
}
