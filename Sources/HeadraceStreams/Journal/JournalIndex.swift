/// Where in the journal a key's last record stands: 64 bits of the key against an offset, 16 bytes an entry.
///
/// Open addressing with linear probing. Bounded: when it is full, the half with the lowest offsets is forgotten, which
/// can cost a replay its free hits, but no record that is still to be acknowledged (their results are the newest).
struct JournalIndex: Sendable {
  private var hashes: [UInt64]
  /// -1 where the place is free.
  private var offsets: [Int64]
  private(set) var count = 0
  /// Entries forgotten for want of room.
  private(set) var forgotten = 0
  let maximumEntries: Int

  init(maximumBytes: Int) {
    // At most 7 of 10 places are taken, 16 bytes each; a table doubles, so half of it may be empty.
    maximumEntries = max(64, maximumBytes / 46)
    hashes = Array(repeating: 0, count: 64)
    offsets = Array(repeating: -1, count: 64)
  }

  var byteCount: Int { hashes.count * 16 }

  subscript(hash: UInt64) -> Int64? {
    var place = home(hash)
    while offsets[place] >= 0 {
      if hashes[place] == hash { return offsets[place] }
      place = (place &+ 1) & (hashes.count &- 1)
    }
    return nil
  }

  /// Sets the offset of a key, unless a later one is known.
  mutating func set(_ hash: UInt64, _ offset: Int64) {
    var place = home(hash)
    while offsets[place] >= 0 {
      if hashes[place] == hash {
        offsets[place] = max(offsets[place], offset)
        return
      }
      place = (place &+ 1) & (hashes.count &- 1)
    }
    if count >= maximumEntries { forgetOldest() }
    if (count &+ 1) * 10 > hashes.count * 7 { rebuild(size: hashes.count * 2) { _ in true } }
    place = home(hash)
    while offsets[place] >= 0 { place = (place &+ 1) & (hashes.count &- 1) }
    hashes[place] = hash
    offsets[place] = offset
    count &+= 1
  }

  /// Forgets a key.
  mutating func remove(_ hash: UInt64) {
    var place = home(hash)
    while offsets[place] >= 0, hashes[place] != hash { place = (place &+ 1) & (hashes.count &- 1) }
    guard offsets[place] >= 0 else { return }
    count &-= 1
    offsets[place] = -1
    // What follows in the same run may have been pushed on by the removed one: put it in again.
    var next = (place &+ 1) & (hashes.count &- 1)
    while offsets[next] >= 0 {
      let (movedHash, movedOffset) = (hashes[next], offsets[next])
      offsets[next] = -1
      var free = home(movedHash)
      while offsets[free] >= 0 { free = (free &+ 1) & (hashes.count &- 1) }
      hashes[free] = movedHash
      offsets[free] = movedOffset
      next = (next &+ 1) & (hashes.count &- 1)
    }
  }

  private func home(_ hash: UInt64) -> Int {
    Int(truncatingIfNeeded: (hash &* 0x9e37_79b9_7f4a_7c15) >> 17) & (hashes.count &- 1)
  }

  private mutating func forgetOldest() {
    let known = offsets.filter { $0 >= 0 }.sorted()
    let threshold = known[known.count / 2]
    let before = count
    rebuild(size: hashes.count) { $0 >= threshold }
    forgotten += before - count
  }

  private mutating func rebuild(size: Int, keep: (Int64) -> Bool) {
    let (oldHashes, oldOffsets) = (hashes, offsets)
    hashes = Array(repeating: 0, count: size)
    offsets = Array(repeating: -1, count: size)
    count = 0
    for (hash, offset) in zip(oldHashes, oldOffsets) where offset >= 0 && keep(offset) {
      var place = home(hash)
      while offsets[place] >= 0 { place = (place &+ 1) & (size &- 1) }
      hashes[place] = hash
      offsets[place] = offset
      count &+= 1
    }
  }
}
