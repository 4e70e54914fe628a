internal import Synchronization

/// Carries rebalances from the polling thread to the delegate and its answer back.
final class RebalanceRelay: Sendable {
  private struct Target {
    weak var consumer: KafkaConsumer?
  }

  private let delegate: (any RebalanceDelegate)?
  private let target = Mutex(Target())

  init(delegate: (any RebalanceDelegate)?) { self.delegate = delegate }

  func attach(_ consumer: KafkaConsumer) { target.withLock { $0.consumer = consumer } }

  /// Starts the hook; the loop goes on when it answers. False when the consumer was let go without being closed.
  func run(_ event: ConsumerLoop.RebalanceEvent) -> Bool {
    guard let consumer = target.withLock({ $0.consumer }) else { return false }
    Task.detached { [delegate] in
      var starts: [PartitionStart] = []
      switch event.kind {
      case .assigned:
        starts = await delegate?.assigned(event.partitions, by: consumer) ?? []
      case .revoked:
        await consumer.endStreams(event.partitions)
        await delegate?.revoked(event.partitions, by: consumer)
        await consumer.commitFinished()
      case .lost:
        await delegate?.lost(event.partitions, by: consumer)
        await consumer.endStreams(event.partitions)
      }
      consumer.loop.answer(starts, to: event.hook)
    }
    return true
  }
}
