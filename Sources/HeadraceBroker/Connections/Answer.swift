/// The bytes of an answer, its size in front, and the stretches of files that belong into it.
struct Answer: Sendable {
  var bytes: [UInt8]
  var splices: [WireWriter.Splice] = []
  /// In the order of the splices; several may fill one.
  var slices: [FileSlice] = []

  /// What goes over the wire.
  var totalCount: Int { splices.reduce(bytes.count) { $0 + $1.count } }

  /// Writes header and body.
  init(_ body: some WireStruct, to header: RequestHeader, key: APIKey, slices: [FileSlice] = []) throws(WireError) {
    var body = body
    var writer = WireWriter(
      version: header.version, flexible: key.isFlexible(header.version), capacity: slices.isEmpty ? 128 : 512)
    writer.put(Int32(0))
    writer.put(header.correlationID)
    if key.hasFlexibleAnswerHeader(header.version) { writer.tags() }
    try body.code(&writer)
    guard let size = Int32(exactly: writer.totalCount - 4) else { throw .badLength(writer.totalCount) }
    writer.set(size, at: 0)
    bytes = writer.bytes
    splices = writer.splices
    self.slices = slices
  }
}
