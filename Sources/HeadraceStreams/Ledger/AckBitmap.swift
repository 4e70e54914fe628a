/// Bits for a moving range of offsets: 1 is done. A window of words that follows its lowest offset.
struct AckBitmap: Sendable, Hashable {
  private var words: [UInt64] = []
  /// The absolute number (offset >> 6) of `words[0]`.
  private var firstWord: Int64

  /// An empty bitmap that begins at an offset.
  init(from offset: Int64) { firstWord = offset >> 6 }

  /// Bytes held.
  var byteCount: Int { words.capacity &* 8 }

  /// Whether the offset's bit is set; offsets that were never reached are not.
  subscript(offset: Int64) -> Bool {
    let index = Int(offset >> 6 &- firstWord)
    guard index >= 0, index < words.count else { return false }
    return words[index] >> UInt64(offset & 63) & 1 == 1
  }

  /// Sets one bit.
  mutating func set(_ offset: Int64) {
    let index = Int(offset >> 6 &- firstWord)
    reach(index)
    words[index] |= 1 << UInt64(offset & 63)
  }

  /// Sets all bits of a range and returns how many were not set before.
  mutating func set(_ range: Range<Int64>) -> Int {
    guard !range.isEmpty else { return 0 }
    reach(Int((range.upperBound &- 1) >> 6 &- firstWord))
    var fresh = 0
    var offset = range.lowerBound
    while offset < range.upperBound {
      let index = Int(offset >> 6 &- firstWord)
      let low = UInt64(offset & 63)
      let width = min(64 &- Int64(low), range.upperBound &- offset)
      let mask = (width == 64 ? UInt64.max : (1 << UInt64(width)) &- 1) << low
      fresh &+= (mask & ~words[index]).nonzeroBitCount
      words[index] |= mask
      offset &+= width
    }
    return fresh
  }

  /// The first offset at or after `offset`, and below `end`, whose bit is (or is not) set; else `end`.
  func first(set wanted: Bool, from offset: Int64, to end: Int64) -> Int64 {
    var offset = offset
    while offset < end {
      let index = Int(offset >> 6 &- firstWord)
      var word = index < words.count && index >= 0 ? words[index] : 0
      if !wanted { word = ~word }
      word >>= UInt64(offset & 63)
      if word != 0 { return min(offset &+ Int64(word.trailingZeroBitCount), end) }
      offset = (offset | 63) &+ 1
    }
    return end
  }

  /// The eight bits from an offset on, the lowest first.
  func byte(from offset: Int64) -> UInt8 {
    let index = Int(offset >> 6 &- firstWord)
    let shift = UInt64(offset & 63)
    let low = index < words.count && index >= 0 ? words[index] >> shift : 0
    let high = shift > 56 && index &+ 1 < words.count ? words[index &+ 1] << (64 &- shift) : 0
    return UInt8(truncatingIfNeeded: low | high)
  }

  /// Forgets everything below an offset.
  mutating func forget(below offset: Int64) {
    let dead = Int(offset >> 6 &- firstWord)
    guard dead > 0 else { return }
    if dead >= words.count {
      words.removeAll(keepingCapacity: words.capacity <= 1024)
      firstWord = offset >> 6
    } else if dead >= 512, dead > words.count / 2 {
      words.removeFirst(dead)
      firstWord &+= Int64(dead)
    }
  }

  private mutating func reach(_ index: Int) {
    if index >= words.count { words.append(contentsOf: repeatElement(0, count: index &- words.count &+ 1)) }
  }
}
