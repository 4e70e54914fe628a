/// What is done and what is not on one partition: base, top, and one bit for each offset between them.
///
/// A pure value; its owner guards it. Below `base` everything is done. From `base` to `top` the bit says it. Offsets
/// that were skipped in what was fetched (transaction markers, compaction) count as done. Above `top` nothing is known.
///
/// Admission keeps one of two bounds true at every moment, so that the state always fits into a commit's metadata
/// (`AckMetadata`): the window spans at most `denseSpan` offsets, or at most `sparseUndone` of them are not done.
package struct Ledger: Sendable, Hashable {
  /// A window of at most this many offsets fits as a raw bitmap, whatever its bits.
  package static let denseSpan: Int64 = 24_000
  /// At most this many undone offsets fit as run lengths, whatever the window's span.
  package static let sparseUndone = 600
  /// No window is longer than this: its bits take 2 MiB.
  package static let longestSpan: Int64 = 1 << 24

  /// The lowest offset that is not done; what is committed.
  package private(set) var base: Int64
  /// The lowest offset that has not been received since the partition was assigned.
  package private(set) var next: Int64
  /// One past the highest offset of which anything is known.
  package private(set) var top: Int64
  /// Offsets in base..<top that are not done.
  package private(set) var undone: Int
  private var bits: AckBitmap

  /// A ledger in which everything below `base` is done and nothing above is known.
  package init(base: Int64) {
    self.base = base
    next = base
    top = base
    undone = 0
    bits = AckBitmap(from: base)
  }

  /// A ledger as it was committed: `done` holds ranges within base..<top, in order.
  package init(base: Int64, top: Int64, done: [Range<Int64>]) {
    self.init(base: base)
    self.top = top
    var count = 0
    for range in done { count += bits.set(range.clamped(to: base..<top)) }
    undone = Int(top - base) - count
    advanceBase()
    next = self.base
  }

  /// The window's span in offsets.
  package var span: Int64 { top - base }

  /// Whether the offset may be received now; when not, the partition must wait until older records are done.
  package func canReceive(_ offset: Int64) -> Bool {
    if offset < next { return true }
    if undone == 0, next >= top { return true }
    let span = max(top, offset + 1) - base
    if span <= Self.denseSpan { return true }
    let added = offset >= top ? 1 : 0
    return undone + added <= Self.sparseUndone && span <= Self.longestSpan
  }

  /// Takes note of a record that was fetched. True when it is to be handled; false when it is done already, or was
  /// received before. The caller has asked `canReceive`.
  package mutating func receive(_ offset: Int64) -> Bool {
    guard offset >= next else { return false }
    skip(to: offset)
    next = offset + 1
    if offset < top { return !bits[offset] }
    top = next
    undone += 1
    return true
  }

  /// The end of the partition was reached at `position`: nothing below it is still to come.
  package mutating func reachedEnd(at position: Int64) {
    guard position > next, canReceive(position - 1) else { return }
    skip(to: position)
  }

  /// The record is done: its outputs are part of the commit that carries this state.
  package mutating func finish(_ offset: Int64) {
    guard offset >= base, offset < top, !bits[offset] else { return }
    bits.set(offset)
    undone -= 1
    if offset == base { advanceBase() }
  }

  /// Whether an offset is known to be done.
  package func isDone(_ offset: Int64) -> Bool {
    offset < base || (offset < top && bits[offset])
  }

  /// How many offsets between the base and `end` are done.
  package func doneCount(below end: Int64) -> Int64 {
    var done: Int64 = 0
    var offset = base
    let end = min(end, top)
    while offset < end {
      let next = bits.first(set: false, from: offset, to: end)
      done += next - offset
      offset = bits.first(set: true, from: next, to: end)
    }
    return done
  }

  /// The first undone offset at or after `offset`, or nil when there is none below `top`.
  package func firstUndone(from offset: Int64) -> Int64? {
    let found = bits.first(set: false, from: max(offset, base), to: top)
    return found < top ? found : nil
  }

  /// The eight done bits from an offset on, the lowest first.
  func byte(from offset: Int64) -> UInt8 { bits.byte(from: offset) }

  /// Calls `body` with the lengths of each run of done and the run of undone offsets that follows it, from base to top;
  /// stops when it returns false.
  func forEachRun(_ body: (_ done: Int64, _ undone: Int64) -> Bool) {
    var offset = base
    while offset < top {
      let undoneStart = bits.first(set: false, from: offset, to: top)
      let undoneEnd = bits.first(set: true, from: undoneStart, to: top)
      if !body(undoneStart - offset, undoneEnd - undoneStart) { return }
      offset = undoneEnd
    }
  }

  /// Bytes of memory that the bits take.
  package var byteCount: Int { bits.byteCount }

  private mutating func skip(to offset: Int64) {
    guard offset > next else { return }
    if undone == 0, next >= top {
      // Nothing is open: the window is empty and simply begins further on.
      base = offset
      next = offset
      top = offset
      bits = AckBitmap(from: offset)
      return
    }
    let known = min(offset, top)
    if next < known { undone -= bits.set(next..<known) }
    if offset > top {
      _ = bits.set(top..<offset)
      top = offset
    }
    next = offset
    advanceBase()
  }

  private mutating func advanceBase() {
    let found = bits.first(set: false, from: base, to: top)
    if found > base {
      base = found
      bits.forget(below: base)
      if next < base { next = base }
    }
  }
}
