/// Writes response heads and chunks.
enum HTTPResponseEncoder {
  /// How the client finds the end of the body.
  enum Framing: Sendable, Hashable {
    case none
    case length(Int)
    case chunked
    case untilClose
  }

  /// The head's bytes. Fields that frame the message are this function's alone: those of the handler are left out,
  /// and a name or value that could break the head is dropped.
  static func head(
    _ status: HTTPStatus, headers: HTTPHeaders, framing: Framing, close: Bool, keepAliveHint: Bool, date: String
  ) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(256 + headers.count * 48)
    out += "HTTP/1.1 ".utf8
    out += String(status.code).utf8
    out.append(ASCII.space)
    out += status.reason.utf8
    out += "\r\n".utf8
    for field in headers where isAllowed(field) {
      line(field.name, field.value, into: &out)
    }
    line("date", date, into: &out)
    switch framing {
    case .none: break
    case .length(let length): line("content-length", String(length), into: &out)
    case .chunked: line("transfer-encoding", "chunked", into: &out)
    case .untilClose: break
    }
    if close {
      line("connection", "close", into: &out)
    } else if keepAliveHint {
      line("connection", "keep-alive", into: &out)
    }
    out += "\r\n".utf8
    return out
  }

  /// One chunk; an empty one would end the body, so it gives nothing.
  static func chunk(_ bytes: [UInt8]) -> [UInt8] {
    guard !bytes.isEmpty else { return [] }
    var out: [UInt8] = []
    out.reserveCapacity(bytes.count + 16)
    out += String(bytes.count, radix: 16).utf8
    out += "\r\n".utf8
    out += bytes
    out += "\r\n".utf8
    return out
  }

  /// The chunk that ends a body.
  static let lastChunk = Array("0\r\n\r\n".utf8)

  /// What lets a client that asked send its body.
  static let continueHead = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)

  private static func line(_ name: String, _ value: String, into out: inout [UInt8]) {
    out += name.utf8
    out += ": ".utf8
    out += value.utf8
    out += "\r\n".utf8
  }

  private static func isAllowed(_ field: HTTPHeaders.Field) -> Bool {
    let framing = ["content-length", "transfer-encoding", "connection", "date"]
    return !field.name.isEmpty && field.name.utf8.allSatisfy(\.isToken)
      && field.value.utf8.allSatisfy { ($0 >= ASCII.space && $0 != 0x7F) || $0 == ASCII.tab }
      && !framing.contains { HTTPHeaders.same($0, field.name) }
  }
}
