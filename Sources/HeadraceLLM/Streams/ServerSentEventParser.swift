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
  /// The beginning of a line of which the end has not come.
  private var line: [UInt8] = []
  private var name = ""
  private var data: [UInt8] = []
  private var hasData = false
  private var skipsLineFeed = false
  private var marksSeen: Int? = 0

  /// - Parameter limit: bytes of one event, 16 MiB by default.
  package init(limit: Int = 16 << 20) { self.limit = limit }

  /// Takes a piece and returns the events that it completed.
  package mutating func consume(_ piece: [UInt8]) throws(TooLarge) -> [StreamedEvent] { try consume(piece.span) }

  /// Takes a piece and returns the events that it completed.
  package mutating func consume(_ piece: Span<UInt8>) throws(TooLarge) -> [StreamedEvent] {
    var events: [StreamedEvent] = []
    var start = skipMark(piece)
    var index = start
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
        if let event = endLine(piece.extracting(start..<index)) { events.append(event) }
        skipsLineFeed = byte == 0x0D
        start = index + 1
      }
      index += 1
    }
    if start < piece.count { line.append(copying: piece.extracting(start...)) }
    guard line.count + data.count <= limit else { throw TooLarge() }
    return events
  }

  /// A mark of three bytes may open the stream, in any number of pieces. Returns where the piece begins behind it.
  private mutating func skipMark(_ piece: Span<UInt8>) -> Int {
    var index = 0
    while let seen = marksSeen, index < piece.count {
      guard piece[index] == [0xEF, 0xBB, 0xBF][seen] else {
        line += [0xEF, 0xBB, 0xBF].prefix(seen)
        marksSeen = nil
        break
      }
      index += 1
      marksSeen = seen == 2 ? nil : seen + 1
    }
    return index
  }

  /// - Parameter end: the line, or its end when its beginning came in an earlier piece.
  private mutating func endLine(_ end: Span<UInt8>) -> StreamedEvent? {
    if line.isEmpty { return take(end) }
    line.append(copying: end)
    var whole: [UInt8] = []
    swap(&whole, &line)
    defer {
      whole.removeAll(keepingCapacity: true)
      swap(&whole, &line)
    }
    return take(whole.span)
  }

  private mutating func take(_ line: Span<UInt8>) -> StreamedEvent? {
    if line.isEmpty {
      defer {
        name = ""
        data = []
        hasData = false
      }
      return hasData ? StreamedEvent(name: name, data: data) : nil
    }
    var colon = 0
    while colon < line.count, line[colon] != 0x3A { colon += 1 }
    var start = min(colon + 1, line.count)
    if start < line.count, line[start] == 0x20 { start += 1 }
    if line.extracting(..<colon).isText("data") {
      if hasData { data.append(0x0A) }
      data.append(copying: line.extracting(start...))
      hasData = true
    } else if line.extracting(..<colon).isText("event") {
      var bytes: [UInt8] = []
      bytes.append(copying: line.extracting(start...))
      name = String(decoding: bytes, as: UTF8.self)
    }
    return nil
  }
}

extension [UInt8] {
  fileprivate mutating func append(copying bytes: Span<UInt8>) {
    bytes.withUnsafeBufferPointer { append(contentsOf: $0) }
  }
}

extension Span<UInt8> {
  fileprivate func isText(_ text: StaticString) -> Bool {
    guard count == text.utf8CodeUnitCount else { return false }
    return text.withUTF8Buffer { text in indices.allSatisfy { self[$0] == text[$0] } }
  }
}
