/// A function that hears of one record's delivery; its address with the second-lowest bit set is the record's opaque, which holds
/// a reference until the report.
final class DeliveryCallback: Sendable {
  let topic: String
  let report: @Sendable (Result<Delivery, KafkaError>) -> Void

  init(topic: String, report: @escaping @Sendable (Result<Delivery, KafkaError>) -> Void) {
    self.topic = topic
    self.report = report
  }

  /// Takes a reference along.
  var opaque: UnsafeMutableRawPointer {
    let address = unsafe UInt(bitPattern: Unmanaged.passRetained(self).toOpaque()) | 2
    return unsafe UnsafeMutableRawPointer(bitPattern: address).unsafelyUnwrapped
  }

  /// Gives the reference back; `nil` when the opaque is something else.
  static func taking(_ opaque: UnsafeMutableRawPointer) -> DeliveryCallback? {
    let bits = UInt(bitPattern: opaque)
    guard bits & 2 == 2, let address = unsafe UnsafeRawPointer(bitPattern: bits & ~2) else { return nil }
    return unsafe Unmanaged<DeliveryCallback>.fromOpaque(address).takeRetainedValue()
  }
}
