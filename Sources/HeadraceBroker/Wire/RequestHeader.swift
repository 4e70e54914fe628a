/// What stands in front of every request.
struct RequestHeader: Hashable, Sendable {
  var key: Int16
  var version: Int16
  var correlationID: Int32
  var clientID: String?
}

extension RequestHeader {
  /// Reads the header and leaves the reader at the body. An unknown API or version is an error, but for ApiVersions,
  /// which is answered whatever its version.
  static func read(_ reader: inout WireReader) throws(WireError) -> (RequestHeader, APIKey) {
    var header = RequestHeader(key: 0, version: 0, correlationID: 0, clientID: nil)
    header.key = try reader.next()
    header.version = try reader.next()
    guard let key = APIKey(rawValue: header.key) else {
      throw .unsupported(key: header.key, version: header.version)
    }
    header.correlationID = try reader.next()
    if key == .apiVersions, !key.served.contains(header.version) { return (header, key) }
    guard key.served.contains(header.version) else {
      throw .unsupported(key: header.key, version: header.version)
    }
    // The client id keeps its old form in flexible headers.
    try reader.nullableString(&header.clientID)
    let flexible = key.isFlexible(header.version)
    reader = reader.continuing(version: header.version, flexible: flexible)
    try reader.tags()
    return (header, key)
  }

  /// The header as a client writes it.
  func write(_ writer: inout WireWriter) throws(WireError) {
    writer.put(key)
    writer.put(version)
    writer.put(correlationID)
    var plain = WireWriter()
    var id = clientID
    try plain.nullableString(&id)
    for byte in plain.bytes { writer.put(byte) }
    writer.tags()
  }
}
