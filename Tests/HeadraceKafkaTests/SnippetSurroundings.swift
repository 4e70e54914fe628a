import HeadraceKafka

/// What the documentation's examples speak of and don't show.
extension DocumentationSnippets {
  struct Order: Codable, Sendable {
    var customer: String
  }

  static let order = Order(customer: "ada")
  static let secret = "secret"

  static func bill(_ record: ConsumerRecord) -> [UInt8]? { record.value }
  static func handle(_ record: ConsumerRecord) {}
  static func transform(_ record: ConsumerRecord) -> ProducerRecord {
    ProducerRecord(topic: "other", key: record.key, value: record.value)
  }

  /// Stands for swift-log, which Headrace doesn't depend on: what the bridge uses of it, in its shape.
  enum Logging {
    struct Logger: Sendable {
      enum Level: String, Sendable {
        case trace, debug, info, notice, warning, error, critical
      }
      enum MetadataValue: Sendable {
        case string(String)
      }
      struct Message: ExpressibleByStringInterpolation, Sendable {
        var text: String
        init(stringLiteral value: String) { text = value }
      }
      var label: String
      init(label: String) { self.label = label }
      func log(level: Level, _ message: Message, metadata: [String: MetadataValue]? = nil) {}
    }
  }

  /// Stands for swift-metrics in the same way.
  enum Metrics {
    struct Gauge {
      init(label: String, dimensions: [(String, String)] = []) {}
      func record(_ value: some BinaryInteger) {}
    }
  }
}
