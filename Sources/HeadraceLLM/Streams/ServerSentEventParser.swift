/// One event of a text/event-stream.
package struct StreamedEvent: Sendable, Hashable {
  /// The value of `event:`; empty when there was none.
  package var name: String
  /// The values of `data:`, joined by line feeds.
  package var data: [UInt8]

  package init(name: String = "", data: [UInt8]) {
    self.name = name
    self.data = data
  }
}

/// Reads a text/event-stream from pieces of bytes, whatever the places at which it was cut.
///
/// Lines end in LF, CR or CRLF; a byte order mark at the start, comments, and the fields `id` and `retry` are passed
/// over. An event without its empty line at the end is not an event: a stream that was cut gives no half event.
package struct ServerSentEventParser: Sendable {
  /// An event or line grew beyond the limit.
  package struct TooLarge: Error {}

  private let limit: Int
  private var line: [UInt8] = []
  private var name: [UInt8] = []
  private var data: [UInt8] = []
  private var hasData = false
  private var skipsLineFeed = false
  private var marksSeen: Int? = 0

  /// - Parameter limit: bytes of one event, 16 MiB by default.
  package init(limit: Int = 16 << 20) { self.limit = limit }

  /// Takes a piece and returns the events that it completed.
  package mutating func consume(_ piece: [UInt8]) throws(TooLarge) -> [StreamedEvent] {
    var events: [StreamedEvent] = []
    var start = 0
    var index = 0
    // A mark of three bytes may open the stream, in any number of pieces.
    while let seen = marksSeen, index < piece.count {
      guard piece[index] == [0xEF, 0xBB, 0xBF][seen] else {
        line += [0xEF, 0xBB, 0xBF].prefix(seen)
        marksSeen = nil
        break
      }
      index += 1
      start = index
      marksSeen = seen == 2 ? nil : seen + 1
    }
    while index < piece.count {
      let byte = piece[index]
      if skipsLineFeed {
        skipsLineFeed = false
        if byte == 0x0A {
          index += 1
          start = index
          continue
        }
      }
      if byte == 0x0A || byte == 0x0D {
        line += piece[start..<index]
        if let event = endLine() { events.append(event) }
        skipsLineFeed = byte == 0x0D
        start = index + 1
      }
      index += 1
    }
    line += piece[start...]
    guard line.count + data.count <= limit else { throw TooLarge() }
    return events
  }

  private mutating func endLine() -> StreamedEvent? {
    defer { line.removeAll(keepingCapacity: true) }
    if line.isEmpty {
      defer {
        name = []
        data = []
        hasData = false
      }
      return hasData ? StreamedEvent(name: String(decoding: name, as: UTF8.self), data: data) : nil
    }
    let colon = line.firstIndex(of: 0x3A) ?? line.endIndex
    var value = line[min(colon + 1, line.endIndex)...]
    if value.first == 0x20 { value = value.dropFirst() }
    if line[..<colon].elementsEqual("data".utf8) {
      if hasData { data.append(0x0A) }
      data += value
      hasData = true
    } else if line[..<colon].elementsEqual("event".utf8) {
      name = Array(value)
    }
    return nil
  }
}
