/// The topics in the metadata of a member that speaks the "consumer" protocol.
enum ConsumerSubscription {
  /// Nil when the bytes are not such a subscription.
  static func topics(in metadata: [UInt8]) -> [String]? {
    unsafe metadata.withUnsafeBytes { buffer in
      var reader = unsafe WireReader(buffer)
      var topics: [String] = []
      do {
        _ = try reader.next(Int16.self)
        try topics.code(&reader)
        return topics
      } catch {
        return nil
      }
    }
  }
}
