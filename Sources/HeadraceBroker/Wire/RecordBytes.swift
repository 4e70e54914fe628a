/// The records of one partition in a message: a borrowed stretch of the frame that brought them, bytes of one's own,
/// or (in an answer) a place where `sendfile` puts them.
@safe
enum RecordBytes: WireField {
  case null
  /// Valid while the request is handled: it points into the connection's frame.
  case borrowed(UnsafeRawBufferPointer)
  case owned([UInt8])
  /// So many bytes that do not pass through the writer: it notes the place.
  case spliced(Int)

  init() { self = .null }

  mutating func code(_ coder: inout some WireCoder) throws(WireError) { try coder.records(&self) }

  /// How many bytes there are; 0 for null.
  var count: Int {
    switch self {
    case .null: 0
    case .borrowed(let buffer): buffer.count
    case .owned(let bytes): bytes.count
    case .spliced(let count): count
    }
  }

  /// A copy that outlives the frame.
  var copied: [UInt8]? {
    switch self {
    case .null, .spliced: nil
    case .borrowed(let buffer): unsafe [UInt8](buffer)
    case .owned(let bytes): bytes
    }
  }
}

// The borrowed case is read only by the thread that handles the request whose frame it points into.
extension RecordBytes: @unchecked Sendable {}
