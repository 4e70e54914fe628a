internal import FoundationEssentials

extension CloudEvent {
  /// Why a record is not a CloudEvent in Kafka's binary mode.
  public enum KafkaBindingError: Error, Hashable, CustomStringConvertible {
    /// A required attribute is not among the headers.
    case missing(attribute: String)
    /// An attribute has a value that the specification does not allow.
    case invalid(attribute: String, value: String)

    /// A sentence for people.
    public var description: String {
      switch self {
      case .missing(let attribute): "not a CloudEvent: there is no header ce_\(attribute)"
      case .invalid(let attribute, let value): "not a CloudEvent: ce_\(attribute) can't be \"\(value)\""
      }
    }
  }

  /// The record headers of Kafka's binary mode: `ce_` before each attribute, `content-type` for the data's media type.
  public var kafkaHeaders: [RecordHeader] {
    var headers = [
      RecordHeader("ce_specversion", "1.0"), RecordHeader("ce_id", id), RecordHeader("ce_source", source),
      RecordHeader("ce_type", type),
    ]
    if let subject { headers.append(RecordHeader("ce_subject", subject)) }
    if let time { headers.append(RecordHeader("ce_time", time.rfc3339)) }
    if let dataSchema { headers.append(RecordHeader("ce_dataschema", dataSchema)) }
    for (name, value) in extensions.sorted(by: { $0.key < $1.key }) {
      headers.append(RecordHeader("ce_\(name)", value))
    }
    if let dataContentType { headers.append(RecordHeader("content-type", dataContentType)) }
    return headers
  }

  /// Reads a record in Kafka's binary mode; headers that are none of CloudEvents' are ignored.
  ///
  /// - Throws: ``KafkaBindingError``.
  public init(kafkaHeaders headers: [RecordHeader], value: [UInt8]?) throws(KafkaBindingError) {
    var attributes: [String: String] = [:]
    for header in headers where header.name.hasPrefix("ce_") {
      let name = String(header.name.dropFirst(3))
      guard let text = header.text else {
        throw .invalid(attribute: name, value: header.value.map { "\($0.count) bytes that are no UTF-8" } ?? "null")
      }
      attributes[name] = text
    }
    func required(_ name: String) throws(KafkaBindingError) -> String {
      guard let value = attributes.removeValue(forKey: name) else { throw .missing(attribute: name) }
      guard !value.isEmpty else { throw .invalid(attribute: name, value: value) }
      return value
    }
    let version = try required("specversion")
    guard version == "1.0" else { throw .invalid(attribute: "specversion", value: version) }
    let id = try required("id")
    let source = try required("source")
    let type = try required("type")
    var time: Date?
    if let text = attributes.removeValue(forKey: "time") {
      guard let read = Date(rfc3339: text) else { throw .invalid(attribute: "time", value: text) }
      time = read
    }
    self.init(
      id: id, source: source, type: type, subject: attributes.removeValue(forKey: "subject"), time: time,
      dataContentType: headers[text: "content-type"], dataSchema: attributes.removeValue(forKey: "dataschema"),
      extensions: attributes, data: value)
  }
}
