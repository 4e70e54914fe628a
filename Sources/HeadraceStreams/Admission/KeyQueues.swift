/// The records of one partition that wait for an earlier record of their key.
///
/// A key is present while one of its records is ready, in progress or waiting for a retry. Keys that are present have
/// small numbers, which their items carry: a key is looked up once for a record, and again only when it goes.
struct KeyQueues {
  /// Those that wait, linked through `successor`; empty when only the holder is there.
  private struct Chain {
    var key: [UInt8]
    var hash: Int
    var first: WorkItem?
    var last: WorkItem?
    var count = 0
  }

  /// By number; what stands at a free number is left over.
  private var chains: [Chain] = []
  private var freeNumbers: [Int32] = []
  /// Numbers by hash, with linear probing; -1 where nothing is. At most half of it is taken.
  private var table: [Int32] = Array(repeating: -1, count: 16)
  /// Records that wait for their key.
  private(set) var waiting = 0

  /// Keys with a record ready or in progress.
  var busyKeys: Int { chains.count - freeNumbers.count }

  /// The hash that the queues go by: seeded, so that nobody can choose keys that collide.
  static func hash(of key: [UInt8]) -> Int {
    var hasher = Hasher()
    key.withUnsafeBytes { hasher.combine(bytes: $0) }
    return hasher.finalize()
  }

  /// How many records wait for this key.
  func waiting(for key: [UInt8], hash: Int) -> Int { number(of: key, hash).map { chains[$0].count } ?? 0 }

  /// Takes an item in; true when its key is free and it may start.
  mutating func enter(_ item: WorkItem, key: [UInt8], hash: Int) -> Bool {
    let isFree: Bool
    if let number = number(of: key, hash) {
      if let last = chains[number].last { last.successor = item } else { chains[number].first = item }
      chains[number].last = item
      chains[number].count &+= 1
      item.keyNumber = Int32(number)
      isFree = false
    } else {
      item.keyNumber = insert(key, hash)
      isFree = true
    }
    if isFree { item.holdsKey = true } else { waiting &+= 1 }
    return isFree
  }

  /// The holder of a key is through: the next one, which now holds it.
  mutating func leave(_ item: WorkItem) -> WorkItem? {
    let number = Int(item.keyNumber)
    guard item.holdsKey, number >= 0 else { return nil }
    item.holdsKey = false
    guard let next = chains[number].first else {
      remove(number)
      return nil
    }
    chains[number].first = next.successor
    if next.successor == nil { chains[number].last = nil }
    chains[number].count &-= 1
    next.successor = nil
    next.holdsKey = true
    waiting &-= 1
    return next
  }

  /// Takes out everything that waits for a key (newest-of-key mode).
  mutating func removeWaiting(for key: [UInt8], hash: Int) -> [WorkItem] {
    guard let number = number(of: key, hash), chains[number].count > 0 else { return [] }
    var overtaken: [WorkItem] = []
    var item = chains[number].first
    while let current = item {
      item = current.successor
      current.successor = nil
      overtaken.append(current)
    }
    chains[number].first = nil
    chains[number].last = nil
    chains[number].count = 0
    waiting &-= overtaken.count
    return overtaken
  }

  /// Forgets everything; unlinks one by one, since a long chain must not be released by recursion.
  mutating func removeAll() {
    for chain in chains {
      var item = chain.first
      while let current = item {
        item = current.successor
        current.successor = nil
      }
    }
    self = KeyQueues()
  }

  // MARK: The table

  private func number(of key: [UInt8], _ hash: Int) -> Int? {
    let mask = table.count &- 1
    var place = hash & mask
    while true {
      let number = Int(table[place])
      if number < 0 { return nil }
      if chains[number].hash == hash, chains[number].key == key { return number }
      place = (place &+ 1) & mask
    }
  }

  private mutating func insert(_ key: [UInt8], _ hash: Int) -> Int32 {
    let number: Int32
    if let free = freeNumbers.popLast() {
      chains[Int(free)] = Chain(key: key, hash: hash)
      number = free
    } else {
      chains.append(Chain(key: key, hash: hash))
      number = Int32(chains.count - 1)
    }
    if busyKeys * 2 > table.count { grow() } else { place(number, hash) }
    return number
  }

  private mutating func place(_ number: Int32, _ hash: Int) {
    let mask = table.count &- 1
    var place = hash & mask
    while table[place] >= 0 { place = (place &+ 1) & mask }
    table[place] = number
  }

  private mutating func grow() {
    let numbers = Set(freeNumbers)
    table = Array(repeating: -1, count: table.count * 2)
    for (number, chain) in chains.enumerated() where !numbers.contains(Int32(number)) {
      place(Int32(number), chain.hash)
    }
  }

  private mutating func remove(_ number: Int) {
    let mask = table.count &- 1
    var gap = chains[number].hash & mask
    while table[gap] != Int32(number) { gap = (gap &+ 1) & mask }
    // What follows in the same run moves up, unless it stands at or behind its home already.
    var next = (gap &+ 1) & mask
    while table[next] >= 0 {
      let home = chains[Int(table[next])].hash & mask
      if (next &- home) & mask >= (next &- gap) & mask {
        table[gap] = table[next]
        gap = next
      }
      next = (next &+ 1) & mask
    }
    table[gap] = -1
    chains[number].key = []
    freeNumbers.append(Int32(number))
  }
}
