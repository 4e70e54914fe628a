internal import HeadraceCore

/// Fetch: read, and wait for more as long as the client likes to.
struct FetchHandler {
  /// Bytes of one answer at most, as in Kafka.
  private static let maximumBytes = 55 << 20

  let context: RequestContext
  let request: FetchAPI.Request

  /// One look at all partitions.
  private struct Reading {
    var response = FetchAPI.Response()
    var slices: [FileSlice] = []
    var bytes = 0
    /// Something that will not get better by waiting.
    var isUrgent = false
    /// Where to wait: the partition, and the watermark that was seen.
    var places: [(partition: Partition, seen: Int64)] = []
  }

  private var isolation: Isolation { request.isolationLevel == 1 ? .readCommitted : .readUncommitted }

  func run() -> (FetchAPI.Response, [FileSlice]) {
    guard request.sessionID == 0 else {
      return (FetchAPI.Response(error: .fetchSessionIDNotFound), [])
    }
    let deadline = Deadline.after(.milliseconds(Int64(max(0, request.maxWaitMilliseconds))))
    let waiter = context.peer.fetchWaiter
    var reading = read()
    while reading.bytes < request.minBytes, !reading.isUrgent, !reading.places.isEmpty, !deadline.hasPassed,
      !context.peer.isStopping
    {
      waiter.prepare(minBytes: Int(request.minBytes) - reading.bytes)
      let isParked = reading.places.allSatisfy { $0.partition.register(waiter, seen: $0.seen, isolation: isolation) }
      if isParked {
        let interrupt = FetchInterrupt(waiter)
        context.peer.park(interrupt)
        let isStillThere = wait(waiter, deadline)
        context.peer.unpark()
        guard isStillThere else {
          waiter.unregisterAll()
          break
        }
      }
      waiter.unregisterAll()
      reading = read()
    }
    return (reading.response, reading.slices)
  }

  /// Waits for bytes or the deadline; every ten seconds for whether the client is still there.
  private func wait(_ waiter: FetchWaiter, _ deadline: Deadline) -> Bool {
    while !waiter.wait(until: min(deadline, .after(.seconds(10)))) {
      if deadline.hasPassed { return true }
      if context.peer.isGone { return false }
    }
    return true
  }

  private func read() -> Reading {
    var reading = Reading()
    var budget = min(max(0, Int(request.maxBytes)), Self.maximumBytes)
    reading.response.topics.reserveCapacity(request.topics.count)
    for topic in request.topics {
      var answers: [FetchAPI.Response.Partition] = []
      answers.reserveCapacity(topic.partitions.count)
      let found = context.store.topic(topic.name)
      for asked in topic.partitions {
        answers.append(read(topic.name, asked, found, &reading, &budget))
      }
      reading.response.topics.append(.init(name: topic.name, partitions: answers))
    }
    return reading
  }

  private func read(
    _ topic: String, _ asked: FetchAPI.Request.Partition, _ found: Topic?, _ reading: inout Reading,
    _ budget: inout Int
  ) -> FetchAPI.Response.Partition {
    var answer = FetchAPI.Response.Partition(index: asked.index, records: .owned([]))
    guard let partition = found.flatMap({ context.store.partition($0.name, asked.index) }) else {
      answer.error = .unknownTopicOrPartition
      return answer
    }
    if asked.leaderEpoch > 0 {
      answer.error = .unknownLeaderEpoch
      reading.isUrgent = true
      return answer
    }
    do throws(LogError) {
      let limit = min(max(0, Int(asked.maxBytes)), budget)
      let result = try partition.read(
        from: asked.fetchOffset, maxBytes: limit, minOneBatch: reading.bytes == 0, isolation: isolation)
      answer.highWatermark = result.highWatermark
      answer.lastStableOffset = result.lastStableOffset
      answer.logStartOffset = result.logStartOffset
      if isolation == .readCommitted {
        answer.aborted = result.aborted.map { .init(producerID: $0.producerId, firstOffset: $0.firstOffset) }
      }
      let count = result.byteCount
      answer.records = .spliced(count)
      reading.slices += result.slices
      reading.bytes += count
      budget = max(0, budget - count)
      let seen = isolation == .readCommitted ? result.lastStableOffset : result.highWatermark
      reading.places.append((partition, seen))
    } catch {
      answer.error = ErrorCode(rawValue: error.code)
      // A topic that was deleted while the fetch waited: the client asks for metadata and learns it.
      if partition.isDeleted { answer.error = .notLeaderOrFollower }
      reading.isUrgent = true
    }
    return answer
  }
}

/// Wakes a parked fetch when the broker stops.
private final class FetchInterrupt: Interruptible {
  private let waiter: FetchWaiter
  init(_ waiter: FetchWaiter) { self.waiter = waiter }
  func interrupt() { waiter.wake() }
}
