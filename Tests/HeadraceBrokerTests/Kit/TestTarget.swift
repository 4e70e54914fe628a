import FoundationEssentials

/// A broker to talk to.
struct TestTarget: Sendable {
  var host: String
  var port: UInt16

  init(port: UInt16) {
    host = "127.0.0.1"
    self.port = port
  }

  /// From "host:port".
  init?(bootstrap: String) {
    let parts = bootstrap.split(separator: ",")[0].split(separator: ":")
    guard parts.count == 2, let port = UInt16(parts[1]) else { return nil }
    host = parts[0] == "localhost" ? "127.0.0.1" : String(parts[0])
    self.port = port
  }

  var bootstrap: String { "\(host):\(port)" }

  /// The Apache Kafka to ask, if there is one.
  static let kafka = ProcessInfo.processInfo.environment["HEADRACE_TEST_KAFKA"].flatMap { TestTarget(bootstrap: $0) }
}
