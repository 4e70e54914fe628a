import Glibc
import HeadraceCore

/// Data on standard output, gathered into large writes. One user at a time.
struct StandardOutput: ~Copyable {
  /// The reader of our output has gone (`| head`): stop, quietly, as other tools do.
  struct Closed: Error {}

  private var buffer: [UInt8] = []
  private let limit: Int

  /// Gathers up to `limit` bytes; 0 writes each call at once.
  init(limit: Int = 32 << 10) { self.limit = limit }

  /// Adds bytes.
  mutating func write(_ bytes: some Sequence<UInt8>) throws {
    buffer += bytes
    if buffer.count > limit { try flush() }
  }

  /// Adds a line.
  mutating func line(_ text: String) throws { try write(Array("\(text)\n".utf8)) }

  /// Writes what was gathered.
  mutating func flush() throws {
    guard !buffer.isEmpty else { return }
    defer { buffer.removeAll(keepingCapacity: true) }
    guard Terminal.write(STDOUT_FILENO, buffer) else { throw Closed() }
  }

  /// Writes one text and is done.
  static func print(_ text: String) throws {
    var output = StandardOutput(limit: 0)
    try output.line(text)
    try output.flush()
  }

  /// Writes one JSON document for people and machines.
  static func print(json value: JSONValue) throws { try print(value.indentedText) }
}
