/// A record lent inside ``KafkaBatch/forEach(_:)``: no reference is counted, and it can't leave the closure.
@safe public struct RecordView: ~Copyable {
  @usableFromInline let message: UnsafePointer<FetchedMessage>
  @usableFromInline unowned(unsafe) let batch: KafkaBatch

  @inlinable init(message: UnsafePointer<FetchedMessage>, batch: KafkaBatch) {
    unsafe self.message = message
    unsafe self.batch = batch
  }

  /// The offset.
  @inlinable public var offset: Int64 { unsafe message.pointee.offset }
  /// The partition's number.
  @inlinable public var partition: Int32 { unsafe message.pointee.partition }
  /// The topic's name.
  @inlinable public var topic: String { unsafe batch.topicName(message) }
  /// Whether the value is null: a tombstone.
  @inlinable public var valueIsNull: Bool { unsafe message.pointee.value == nil }
  /// Whether there is no key.
  @inlinable public var keyIsNull: Bool { unsafe message.pointee.key == nil }

  /// The value's bytes; empty for null.
  @inlinable public var value: RawSpan {
    @_lifetime(borrow self) get {
      let bytes = unsafe RawSpan(
        _unsafeStart: message.pointee.value ?? KafkaBatch.noBytes, byteCount: message.pointee.valueCount)
      return unsafe _overrideLifetime(bytes, borrowing: self)
    }
  }

  /// The key's bytes; empty for none.
  @inlinable public var key: RawSpan {
    @_lifetime(borrow self) get {
      let bytes = unsafe RawSpan(
        _unsafeStart: message.pointee.key ?? KafkaBatch.noBytes, byteCount: message.pointee.keyCount)
      return unsafe _overrideLifetime(bytes, borrowing: self)
    }
  }

  /// The record as a value that keeps the batch alive.
  @inlinable public var record: ConsumerRecord { unsafe ConsumerRecord(batch: batch, message: message) }
}

extension KafkaBatch {
  /// Stands for the address of zero bytes; never read.
  @usableFromInline nonisolated(unsafe) static let noBytes = UnsafeRawPointer(
    UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 1))
}
