/// A record lent inside ``KafkaBatch/forEach(_:)``: no reference is counted, and it can't leave the closure.
@safe public struct RecordView: ~Copyable {
  @usableFromInline let entry: UnsafeMutablePointer<KafkaBatch.Entry>
  @usableFromInline unowned(unsafe) let batch: KafkaBatch

  @inlinable init(entry: UnsafeMutablePointer<KafkaBatch.Entry>, batch: KafkaBatch) {
    unsafe self.entry = entry
    unsafe self.batch = batch
  }

  /// The offset.
  @inlinable public var offset: Int64 { unsafe entry.pointee.offset }
  /// The partition's number.
  @inlinable public var partition: Int32 { unsafe entry.pointee.partition }
  /// The topic's name.
  @inlinable public var topic: String { unsafe batch.topicNames[Int(entry.pointee.topicIndex)] }
  /// Whether the value is null: a tombstone.
  @inlinable public var valueIsNull: Bool { unsafe entry.pointee.valueCount < 0 }
  /// Whether there is no key.
  @inlinable public var keyIsNull: Bool { unsafe entry.pointee.keyCount < 0 }

  /// The value's bytes; empty for null.
  @inlinable public var value: RawSpan {
    @_lifetime(borrow self) get {
      let bytes = unsafe RawSpan(
        _unsafeStart: entry.pointee.value ?? KafkaBatch.noBytes, byteCount: Int(max(0, entry.pointee.valueCount)))
      return unsafe _overrideLifetime(bytes, borrowing: self)
    }
  }

  /// The key's bytes; empty for none.
  @inlinable public var key: RawSpan {
    @_lifetime(borrow self) get {
      let bytes = unsafe RawSpan(
        _unsafeStart: entry.pointee.key ?? KafkaBatch.noBytes, byteCount: Int(max(0, entry.pointee.keyCount)))
      return unsafe _overrideLifetime(bytes, borrowing: self)
    }
  }

  /// The record as a value that keeps the batch alive.
  @inlinable public var record: ConsumerRecord { unsafe ConsumerRecord(batch: batch, entry: entry) }
}

extension KafkaBatch {
  /// Stands for the address of zero bytes; never read.
  @usableFromInline nonisolated(unsafe) static let noBytes = UnsafeRawPointer(
    UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 1))
}
