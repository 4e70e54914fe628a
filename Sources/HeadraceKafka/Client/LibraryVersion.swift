internal import CRdkafka

/// The librdkafka that is loaded at run time, which may be newer than the one that this was built with.
public enum LibraryVersion {
  /// For example `2.0.2`.
  public static var text: String { unsafe String(cString: rd_kafka_version_str()) }

  /// Whether the loaded library is at least this version.
  public static func isAtLeast(_ major: Int32, _ minor: Int32, _ revision: Int32) -> Bool {
    // 0xMMmmrrxx
    rd_kafka_version() >> 8 >= major << 16 | minor << 8 | revision
  }

  static func demand(_ what: String, _ major: Int32, _ minor: Int32, _ revision: Int32) throws(KafkaError) {
    guard isAtLeast(major, minor, revision) else {
      throw KafkaError(.unsupported, "\(what) needs librdkafka ≥ \(major).\(minor).\(revision); \(text) is loaded")
    }
  }
}
