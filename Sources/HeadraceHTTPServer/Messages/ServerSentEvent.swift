/// One event of a `text/event-stream`.
public struct ServerSentEvent: Sendable, Hashable {
  /// What a client sends back as `Last-Event-ID`.
  public var id: String?
  /// The event's type; `nil` is `message`.
  public var event: String?
  /// The data; each of its lines becomes one `data:` line.
  public var data: String
  /// How long a client waits before it connects again.
  public var retry: Duration?

  /// An event.
  public init(id: String? = nil, event: String? = nil, data: String, retry: Duration? = nil) {
    self.id = id
    self.event = event
    self.data = data
    self.retry = retry
  }

  /// The bytes on the wire, the empty line that ends the event included.
  package var encoded: [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(data.utf8.count + 64)
    if let id { Self.field("id", id, into: &out) }
    if let event { Self.field("event", event, into: &out) }
    if let retry { Self.field("retry", String(retry.wholeMilliseconds), into: &out) }
    // CR, LF and CR LF all end a line of a stream.
    var line: [UInt8] = []
    var afterReturn = false
    for byte in data.utf8 {
      defer { afterReturn = byte == ASCII.carriageReturn }
      if byte == ASCII.lineFeed, afterReturn { continue }
      if byte == ASCII.lineFeed || byte == ASCII.carriageReturn {
        Self.dataLine(line, into: &out)
        line.removeAll(keepingCapacity: true)
      } else {
        line.append(byte)
      }
    }
    Self.dataLine(line, into: &out)
    out.append(ASCII.lineFeed)
    return out
  }

  /// A comment line: keeps the connection alive and reaches no listener.
  static func comment(_ text: String) -> [UInt8] {
    var out: [UInt8] = []
    field("", text, into: &out)
    out.append(ASCII.lineFeed)
    return out
  }

  private static func dataLine(_ line: [UInt8], into out: inout [UInt8]) {
    out += "data: ".utf8
    out += line
    out.append(ASCII.lineFeed)
  }

  private static func field(_ name: String, _ value: String, into out: inout [UInt8]) {
    out += name.utf8
    out += ": ".utf8
    out += value.utf8.filter { $0 != ASCII.lineFeed && $0 != ASCII.carriageReturn && $0 != 0 }
    out.append(ASCII.lineFeed)
  }
}

extension Duration {
  /// Milliseconds, rounded down.
  var wholeMilliseconds: Int64 {
    components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
  }
}
