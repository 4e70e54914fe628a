extension Partition {
  /// Parks a fetch here: `waiter` hears of every move of the watermark until it leaves.
  ///
  /// - Parameter seen: The watermark of the last read (high watermark, or last stable offset for committed data).
  /// - Returns: false when it moved meanwhile, or the partition was deleted: read again instead of waiting.
  func register(_ waiter: FetchWaiter, seen: Int64, isolation: Isolation) -> Bool {
    lock.withLock {
      if deleted { return false }
      if (isolation == .readCommitted ? stableWatermark : currentHighWatermark) != seen { return false }
      let place = FetchWaiter.Place(waiter: waiter, partition: self, isolation: isolation)
      place.next = firstPlace
      firstPlace?.previous = place
      firstPlace = place
      waiter.keep(place)
      return true
    }
  }

  func unregister(_ place: FetchWaiter.Place) {
    lock.withLock {
      if let previous = place.previous { previous.next = place.next } else { firstPlace = place.next }
      place.next?.previous = place.previous
      place.next = nil
      place.previous = nil
    }
  }

  /// The topic is gone: all who wait here look again.
  func markDeleted() {
    lock.withLock {
      deleted = true
      var place = firstPlace
      while let seat = place {
        seat.waiter.wake()
        place = seat.next
      }
    }
  }
}
