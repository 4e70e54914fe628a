/// Deadlines of many connections behind one timer: slots of a quarter of a second, moved lazily.
///
/// A connection stands in at most one live slot. A deadline that moves later costs nothing until its old slot comes
/// up; one that moves earlier is entered anew, and the stale entry is dropped when it comes up.
struct DeadlineWheel<Key: Hashable & Sendable>: Sendable {
  /// Milliseconds of one slot.
  static var resolution: UInt64 { 250 }

  private var slots: [UInt64: [Key]] = [:]
  private var slotOf: [Key: UInt64] = [:]
  private var lastTick: UInt64

  init(now: UInt64) { lastTick = now / Self.resolution }

  /// Makes sure that a key comes up no later than a slot after its deadline.
  mutating func schedule(_ key: Key, at deadline: UInt64) {
    let slot = max(deadline / Self.resolution + 1, lastTick + 1)
    if let current = slotOf[key], current <= slot { return }
    slotOf[key] = slot
    slots[slot, default: []].append(key)
  }

  /// Forgets a key.
  mutating func remove(_ key: Key) { slotOf[key] = nil }

  /// The keys whose slot has come. Each must be scheduled again where its deadline has not passed.
  mutating func due(now: UInt64) -> [Key] {
    let tick = now / Self.resolution
    guard tick > lastTick else { return [] }
    var due: [Key] = []
    for slot in lastTick + 1...tick {
      for key in slots.removeValue(forKey: slot) ?? [] where slotOf[key] == slot {
        slotOf[key] = nil
        due.append(key)
      }
    }
    lastTick = tick
    return due
  }

  /// How many keys are in the wheel.
  var count: Int { slotOf.count }
}
