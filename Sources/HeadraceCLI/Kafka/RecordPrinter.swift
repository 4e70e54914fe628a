import HeadraceKafka

/// Gives a record the form that was asked for: the value and a line feed by default.
struct RecordPrinter: Sendable {
  private enum Form: Sendable {
    case format(RecordFormatter)
    case json
  }

  private let form: Form

  /// - Throws: When the format holds something that kcat does not know.
  init(format: String?, isJSON: Bool) throws {
    form = isJSON ? .json : .format(try format.map { try RecordFormatter($0) } ?? RecordFormatter(keyDelimiter: nil))
  }

  func print(_ record: ConsumerRecord, to output: inout StandardOutput) throws {
    switch form {
    case .format(let formatter): try output.write(formatter.format(record))
    case .json: try output.write(JSONEnvelope.line(record))
    }
  }
}
