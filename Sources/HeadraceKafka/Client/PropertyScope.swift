internal import CRdkafka
internal import Glibc

/// Which of librdkafka's properties are for one kind of client only, from its own table.
///
/// A configuration is shared by producers and consumers, and its `extra` with it; librdkafka warns at each creation of a client
/// about those that are meant for the other kind.
enum PropertyScope {
  private static let kinds: [String: ClientRole] = read()

  /// Whether the property means something to a client of this role; unknown names do, so that librdkafka refuses them.
  static func covers(_ name: String, _ role: ClientRole) -> Bool {
    kinds[name].map { $0 == role } ?? true
  }

  /// The table's lines look like `linger.ms | P | 0 .. 900000 | …`.
  private static func read() -> [String: ClientRole] {
    var text: UnsafeMutablePointer<CChar>?
    var size = 0
    guard let file = unsafe open_memstream(&text, &size) else { return [:] }
    unsafe rd_kafka_conf_properties_show(file)
    unsafe fclose(file)
    defer { unsafe free(text) }
    guard let text = unsafe text else { return [:] }
    var kinds: [String: ClientRole] = [:]
    for line in unsafe String(cString: text).split(separator: "\n") {
      let columns = line.split(separator: "|", omittingEmptySubsequences: false).map { $0.filter { $0 != " " } }
      guard columns.count > 2 else { continue }
      switch columns[1] {
      case "P": kinds[columns[0]] = .producer
      case "C": kinds[columns[0]] = .consumer
      default: break
      }
    }
    return kinds
  }
}
