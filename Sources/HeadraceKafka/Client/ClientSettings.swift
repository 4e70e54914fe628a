internal import CRdkafka

/// A checked librdkafka configuration; frees it unless a client has taken it over.
@safe final class ClientSettings {
  private(set) var pointer: OpaquePointer?

  /// - Throws: ``KafkaError`` with the code `configuration`, which names the property.
  init(properties: [Property]) throws(KafkaError) {
    unsafe pointer = rd_kafka_conf_new()
    var text = [CChar](repeating: 0, count: 512)
    for property in properties {
      let result = unsafe rd_kafka_conf_set(pointer, property.name, property.value, &text, text.count)
      guard result != RD_KAFKA_CONF_OK else { continue }
      // librdkafka repeats the value in some messages.
      let shown = property.isSecret ? "invalid value [secret]" : String(buffer: text)
      throw KafkaError(.configuration, "\(property.name): \(shown)")
    }
  }

  /// Gives the configuration to a new client.
  func release() { unsafe pointer = nil }

  deinit {
    if let pointer = unsafe pointer { unsafe rd_kafka_conf_destroy(pointer) }
  }
}
