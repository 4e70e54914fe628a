/// A record where librdkafka put it: `rd_kafka_message_t`, field for field, so that inlined code reads records without seeing C.
///
/// Its layout is part of librdkafka's binary interface; a test compares the two.
@safe @usableFromInline struct FetchedMessage {
  @usableFromInline var error: Int32
  /// The address of the topic's handle.
  @usableFromInline var topic: UInt
  @usableFromInline var partition: Int32
  /// `nil` for null.
  @usableFromInline var value: UnsafeRawPointer?
  @usableFromInline var valueCount: Int
  /// `nil` for none.
  @usableFromInline var key: UnsafeRawPointer?
  @usableFromInline var keyCount: Int
  @usableFromInline var offset: Int64
  /// librdkafka's own.
  @usableFromInline var owner: UnsafeRawPointer?
}
