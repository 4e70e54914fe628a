/// An enqueued record that was not delivered; see ``KafkaConfiguration/Producer-swift.struct/onDeliveryFailure``.
public struct DeliveryFailure: Sendable {
  /// Why. Names topic and partition.
  public let error: KafkaError
  /// The record's key.
  public let key: [UInt8]?
  /// The record's value.
  public let value: [UInt8]?
}
