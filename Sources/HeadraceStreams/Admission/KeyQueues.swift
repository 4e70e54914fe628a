/// The records of one partition that wait for an earlier record of their key.
///
/// A key is present while one of its records is ready, in progress or waiting for a retry.
struct KeyQueues {
  /// Those that wait, linked through `successor`; empty when only the holder is there.
  private struct Chain {
    var first: WorkItem?
    var last: WorkItem?
    var count = 0
  }

  private var chains: [[UInt8]: Chain] = [:]
  /// Records that wait for their key.
  private(set) var waiting = 0

  /// Keys with a record ready or in progress.
  var busyKeys: Int { chains.count }

  /// How many records wait for this key.
  func waiting(for key: [UInt8]) -> Int { chains[key]?.count ?? 0 }

  /// Takes an item in; true when its key is free and it may start.
  mutating func enter(_ item: WorkItem, key: [UInt8]) -> Bool {
    let isFree = {
      (chain: inout Chain?) -> Bool in
      guard chain != nil else {
        chain = Chain()
        return true
      }
      if let last = chain!.last { last.successor = item } else { chain!.first = item }
      chain!.last = item
      chain!.count &+= 1
      return false
    }(&chains[key])
    if isFree { item.holdsKey = true } else { waiting &+= 1 }
    return isFree
  }

  /// The holder of a key is through: the next one, which now holds it.
  mutating func leave(key: [UInt8]) -> WorkItem? {
    guard let index = chains.index(forKey: key) else { return nil }
    guard let next = chains.values[index].first else {
      chains.remove(at: index)
      return nil
    }
    chains.values[index].first = next.successor
    if next.successor == nil { chains.values[index].last = nil }
    chains.values[index].count &-= 1
    next.successor = nil
    next.holdsKey = true
    waiting &-= 1
    return next
  }

  /// Takes out everything that waits for a key (newest-of-key mode).
  mutating func removeWaiting(for key: [UInt8]) -> [WorkItem] {
    guard let index = chains.index(forKey: key), chains.values[index].count > 0 else { return [] }
    var overtaken: [WorkItem] = []
    var item = chains.values[index].first
    while let current = item {
      item = current.successor
      current.successor = nil
      overtaken.append(current)
    }
    chains.values[index] = Chain()
    waiting &-= overtaken.count
    return overtaken
  }

  /// Forgets everything; unlinks one by one, since a long chain must not be released by recursion.
  mutating func removeAll() {
    for chain in chains.values {
      var item = chain.first
      while let current = item {
        item = current.successor
        current.successor = nil
      }
    }
    chains = [:]
    waiting = 0
  }
}
