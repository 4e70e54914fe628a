/// A request's target, taken apart and decoded once.
package struct RequestTarget: Sendable, Hashable {
  /// As it came.
  package let raw: String
  /// The path as it came, without the query.
  package let path: String
  /// The decoded segments: `/a/b%20c` gives `a` and `b c`; `/` gives none; `*` gives `*`.
  package let segments: [String]
  package let query: HTTPQuery
  /// The authority of an absolute target.
  package let authority: String?

  /// Parses a target for a method. Throws a refusal with status 400.
  init(_ bytes: ArraySlice<UInt8>, method: HTTPMethod) throws(HTTPRefusal) {
    for byte in bytes where byte <= ASCII.space || byte >= 0x7F || byte == ASCII.hash {
      throw HTTPRefusal(.badRequest, "The target contains a byte that must be escaped.")
    }
    raw = String(decoding: bytes, as: UTF8.self)
    if bytes.count == 1, bytes.first == ASCII.asterisk {
      guard method == .options else { throw HTTPRefusal(.badRequest, "The target * belongs to OPTIONS alone.") }
      path = "*"
      segments = ["*"]
      query = HTTPQuery()
      authority = nil
      return
    }
    var rest = bytes
    if rest.first == ASCII.slash {
      authority = nil
    } else {
      guard let authorityStart = Self.behindScheme(rest) else {
        throw HTTPRefusal(.badRequest, "The target must be a path that begins with /, or a whole http URL.")
      }
      let tail = rest[authorityStart...]
      let end = tail.firstIndex { $0 == ASCII.slash || $0 == ASCII.question } ?? tail.endIndex
      guard end > tail.startIndex else { throw HTTPRefusal(.badRequest, "The target's host is empty.") }
      authority = String(decoding: tail[..<end], as: UTF8.self)
      rest = tail[end...]
    }
    let mark = rest.firstIndex(of: ASCII.question) ?? rest.endIndex
    let pathBytes = rest[..<mark]
    path = pathBytes.isEmpty ? "/" : String(decoding: pathBytes, as: UTF8.self)
    segments = try Self.segments(of: pathBytes)
    guard let query = HTTPQuery(encoded: rest[mark...].dropFirst()) else {
      throw HTTPRefusal(.badRequest, "The query contains a broken escape.")
    }
    self.query = query
  }

  private static func segments(of path: ArraySlice<UInt8>) throws(HTTPRefusal) -> [String] {
    guard path.count > 1 else { return [] }
    var segments: [String] = []
    for part in path.dropFirst().split(separator: ASCII.slash, omittingEmptySubsequences: false) {
      guard let segment = PercentEncoding.decode(part) else {
        throw HTTPRefusal(.badRequest, "The path contains a broken escape.")
      }
      guard !segment.utf8.contains(where: { $0 == ASCII.slash || $0 < ASCII.space || $0 == 0x7F }) else {
        throw HTTPRefusal(.badRequest, "The path contains an escape that is not allowed in it.")
      }
      guard segment != ".", segment != ".." else {
        throw HTTPRefusal(.badRequest, "The path contains a dot segment.")
      }
      segments.append(segment)
    }
    return segments
  }

  /// The index behind `http://` or `https://`.
  private static func behindScheme(_ bytes: ArraySlice<UInt8>) -> Int? {
    for scheme in ["http://", "https://"] {
      let count = scheme.utf8.count
      if bytes.count >= count, zip(bytes, scheme.utf8).allSatisfy({ $0.asciiLowercased == $1 }) {
        return bytes.startIndex + count
      }
    }
    return nil
  }
}
