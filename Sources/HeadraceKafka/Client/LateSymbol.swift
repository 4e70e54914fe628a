internal import Glibc

/// Functions that this may have been built without: looked up in the library that is loaded.
enum LateSymbol {
  /// The numbers of what came after 2.0.2, as the wire of `rd_kafka_AdminOptions_new` takes them.
  enum Operation: UInt32 {
    case incrementalAlterConfigs = 16
    case describeUserSCRAMCredentials
    case alterUserSCRAMCredentials
    case describeTopics
    case describeCluster
    case listOffsets
  }

  // Shapes that many of these functions have: what an object has one of, has many of, or is called.
  typealias Get = @convention(c) (OpaquePointer?) -> OpaquePointer?
  typealias GetList =
    @convention(c) (OpaquePointer?, UnsafeMutablePointer<Int>) -> UnsafeMutablePointer<OpaquePointer?>?
  typealias GetText = @convention(c) (OpaquePointer?) -> UnsafePointer<CChar>?
  typealias Destroy = @convention(c) (OpaquePointer?) -> Void

  /// A C function by its name.
  ///
  /// - Parameter what: What needs it, for people.
  /// - Throws: ``KafkaError/Code/unsupported``, naming the version that is needed.
  static func find<Function>(
    _ name: String, as type: Function.Type, for what: String, since version: (Int32, Int32, Int32)
  ) throws(KafkaError) -> Function {
    try LibraryVersion.demand(what, version.0, version.1, version.2)
    // No handle: whatever the process has loaded, in the order in which the linker looks.
    guard let symbol = unsafe dlsym(nil, name) else {
      throw KafkaError(.unsupported, "\(what): librdkafka \(LibraryVersion.text) is loaded, without \(name)")
    }
    return unsafe unsafeBitCast(symbol, to: type)
  }
}
