/// A strict HTTP/1.1 request parser without I/O: bytes in; heads, body slices, ends or a refusal out.
///
/// Feed it with `append`, then call `next` until it needs more. It stops by itself at the end of a message: `next`
/// begins the following one, so pipelined bytes wait in the buffer for as long as the caller likes. After a refusal
/// it says the same refusal for ever. The result never depends on how the bytes were cut.
struct HTTPRequestParser: Sendable {
  struct Limits: Sendable {
    /// Bytes of a whole head.
    var head = 16 << 10
    /// Bytes of a target.
    var target = 8 << 10
    /// Header fields.
    var fields = 100
    /// Bytes of a chunk's extension.
    var chunkExtension = 256
    /// Bytes of a trailer.
    var trailer = 4 << 10
  }

  enum Step: Sendable, Hashable {
    case needsMore
    case head(HTTPRequestHead)
    case body([UInt8])
    case end
    case refuse(HTTPRefusal)
  }

  private enum State: Sendable, Hashable {
    case head
    case body(remaining: Int)
    case chunkSize
    case chunkData(remaining: Int)
    case chunkEnd
    case trailer
    case finished
    case refused(HTTPRefusal)
  }

  /// Bytes a body may have; the owner sets it between the head and the first slice.
  var bodyLimit = Int.max

  let limits: Limits
  private var state = State.head
  private var buffer: [UInt8] = []
  /// Everything before this index has been used.
  private var start = 0
  /// Everything before this index has been looked at for a line's end.
  private var scanned = 0
  /// Where the line being scanned begins.
  private var lineStart = 0
  private var emptyLines = 0
  private var bodyBytes = 0

  init(limits: Limits = Limits()) { self.limits = limits }

  /// Bytes that were fed and not used yet.
  var buffered: Int { buffer.count - start }

  /// Whether nothing of a next message has been used or buffered.
  var isBetweenMessages: Bool {
    if case .head = state { return buffered == 0 }
    return false
  }

  /// Whether a head is being read.
  var isInHead: Bool { state == .head }

  mutating func append(_ bytes: some Collection<UInt8>) {
    if start == buffer.count {
      // A large buffer is given back: thousands of parked connections keep theirs.
      buffer.removeAll(keepingCapacity: buffer.capacity <= 4096)
      (start, scanned, lineStart) = (0, 0, 0)
    } else if start > 32 << 10 {
      buffer.removeFirst(start)
      scanned -= start
      lineStart -= start
      start = 0
    }
    buffer.append(contentsOf: bytes)
  }

  mutating func next() -> Step {
    do throws(HTTPRefusal) {
      return try step()
    } catch {
      state = .refused(error)
      buffer = []
      (start, scanned, lineStart) = (0, 0, 0)
      return .refuse(error)
    }
  }

  private mutating func step() throws(HTTPRefusal) -> Step {
    while true {
      switch state {
      case .refused(let refusal):
        throw refusal
      case .head:
        guard let head = try readHead() else { return .needsMore }
        bodyBytes = 0
        bodyLimit = .max
        switch head.framing {
        case .none: state = .finished
        case .length(let length): state = length == 0 ? .finished : .body(remaining: length)
        case .chunked: state = .chunkSize
        }
        return .head(head)
      case .body(let remaining):
        guard buffered > 0 else { return .needsMore }
        let slice = take(min(remaining, buffered))
        try count(slice.count)
        state = remaining == slice.count ? .finished : .body(remaining: remaining - slice.count)
        return .body(slice)
      case .chunkSize:
        guard let line = try readLine(limit: limits.chunkExtension + 16) else { return .needsMore }
        let size = try chunkSize(buffer[line])
        consumeLine()
        state = size == 0 ? .trailer : .chunkData(remaining: size)
      case .chunkData(let remaining):
        guard buffered > 0 else { return .needsMore }
        let slice = take(min(remaining, buffered))
        try count(slice.count)
        state = remaining == slice.count ? .chunkEnd : .chunkData(remaining: remaining - slice.count)
        return .body(slice)
      case .chunkEnd:
        if buffered > 0, buffer[start] != ASCII.carriageReturn { throw Self.brokenChunk }
        guard buffered >= 2 else { return .needsMore }
        guard buffer[start + 1] == ASCII.lineFeed else { throw Self.brokenChunk }
        consume(2)
        state = .chunkSize
      case .trailer:
        guard let lines = try readBlock(limit: limits.trailer, tooLong: Self.longTrailer) else { return .needsMore }
        _ = try fields(lines)
        consume(scanned - start)
        state = .finished
      case .finished:
        state = .head
        emptyLines = 0
        lineStart = start
        scanned = start
        return .end
      }
    }
  }

  // MARK: Lines

  private static let bareEnd = HTTPRefusal(.badRequest, "Lines must end with CR LF, and both belong nowhere else.")
  private static let control = HTTPRefusal(.badRequest, "The head contains a control byte.")
  private static let brokenChunk = HTTPRefusal(.badRequest, "A chunk does not end where its size says.")
  private static let longTrailer = HTTPRefusal(.headerFieldsTooLarge, "The trailer is too long.")
  private static let longHead = HTTPRefusal(.headerFieldsTooLarge, "The head of the request is too long.")

  /// Looks at one more byte: `true` when it ends a line.
  private mutating func scan() throws(HTTPRefusal) -> Bool {
    let byte = buffer[scanned]
    let afterReturn = scanned > lineStart && buffer[scanned - 1] == ASCII.carriageReturn
    if afterReturn != (byte == ASCII.lineFeed) { throw Self.bareEnd }
    if byte < ASCII.space, byte != ASCII.lineFeed, byte != ASCII.carriageReturn, byte != ASCII.tab {
      throw Self.control
    }
    if byte == 0x7F { throw Self.control }
    scanned += 1
    return byte == ASCII.lineFeed
  }

  /// The range of the next line without its end, or `nil` while it is not whole.
  private mutating func readLine(limit: Int) throws(HTTPRefusal) -> Range<Int>? {
    while scanned < buffer.count {
      if try scan() { return lineStart..<scanned - 2 }
      if scanned - lineStart > limit { throw HTTPRefusal(.headerFieldsTooLarge, "A chunk's extension is too long.") }
    }
    return nil
  }

  private mutating func consumeLine() { consume(scanned - start) }

  /// The lines up to an empty one, or `nil` while the block is not whole.
  private mutating func readBlock(limit: Int, tooLong: HTTPRefusal) throws(HTTPRefusal) -> Range<Int>? {
    while scanned < buffer.count {
      if try scan() {
        if scanned - lineStart == 2 { return start..<lineStart }
        lineStart = scanned
      }
      if scanned - start > limit { throw tooLong }
    }
    return nil
  }

  private mutating func consume(_ count: Int) {
    start += count
    scanned = start
    lineStart = start
  }

  private mutating func take(_ count: Int) -> [UInt8] {
    let slice = Array(buffer[start..<start + count])
    consume(count)
    return slice
  }

  private mutating func count(_ bytes: Int) throws(HTTPRefusal) {
    bodyBytes += bytes
    if bodyBytes > bodyLimit { throw HTTPRefusal(.contentTooLarge, "The body is larger than \(bodyLimit) bytes.") }
  }

  // MARK: The head

  private mutating func readHead() throws(HTTPRefusal) -> HTTPRequestHead? {
    while scanned < buffer.count {
      let inFirstLine = lineStart == start
      if try scan() {
        if scanned - lineStart > 2 {
          lineStart = scanned
        } else if inFirstLine {
          emptyLines += 1
          if emptyLines > 2 { throw HTTPRefusal(.badRequest, "Too many empty lines before the request.") }
          consume(2)
          continue
        } else {
          let head = try parseHead(start..<lineStart)
          consume(scanned - start)
          return head
        }
      }
      if inFirstLine, scanned - start > limits.target + 48 {
        throw HTTPRefusal(.uriTooLong, "The target is longer than \(limits.target) bytes.")
      }
      if scanned - start > limits.head { throw Self.longHead }
    }
    return nil
  }

  private func parseHead(_ range: Range<Int>) throws(HTTPRefusal) -> HTTPRequestHead {
    let bytes = buffer[range]
    guard let lineEnd = bytes.firstIndex(of: ASCII.carriageReturn) else { throw Self.bareEnd }
    let parts = bytes[..<lineEnd].split(separator: ASCII.space, omittingEmptySubsequences: false)
    guard parts.count == 3, !parts[0].isEmpty, parts[0].count <= 32, parts[0].allSatisfy(\.isToken) else {
      throw HTTPRefusal(.badRequest, "The request line must be a method, a target and a version.")
    }
    guard parts[1].count <= limits.target else {
      throw HTTPRefusal(.uriTooLong, "The target is longer than \(limits.target) bytes.")
    }
    let minorVersion = try Self.minorVersion(parts[2])
    let method = HTTPMethod(rawValue: String(decoding: parts[0], as: UTF8.self))
    let target = try RequestTarget(parts[1], method: method)
    var headers = try fields(lineEnd + 2..<range.upperBound)
    try Self.checkHost(&headers, target: target, minorVersion: minorVersion)
    let expectation = headers.values(for: "expect")
    guard expectation.allSatisfy({ HTTPHeaders.same($0, "100-continue") }) else {
      throw HTTPRefusal(.expectationFailed, "The only expectation that can be met is 100-continue.")
    }
    let connection = headers.list("connection")
    let keepAlive =
      minorVersion == 1
      ? !connection.contains { HTTPHeaders.same($0, "close") }
      : connection.contains { HTTPHeaders.same($0, "keep-alive") }
    return HTTPRequestHead(
      method: method, target: target, minorVersion: minorVersion, headers: headers,
      framing: try Self.framing(headers, minorVersion: minorVersion),
      expectsContinue: !expectation.isEmpty && minorVersion == 1, keepAlive: keepAlive)
  }

  private static func minorVersion(_ bytes: ArraySlice<UInt8>) throws(HTTPRefusal) -> Int {
    let prefix = Array("HTTP/".utf8)
    guard bytes.count == 8, bytes.starts(with: prefix) else {
      throw HTTPRefusal(.badRequest, "The request line must end with a version.")
    }
    let major = bytes[bytes.startIndex + 5]
    let minor = bytes[bytes.startIndex + 7]
    guard major.isDigit, minor.isDigit, bytes[bytes.startIndex + 6] == 0x2E else {
      throw HTTPRefusal(.badRequest, "The request line must end with a version.")
    }
    guard major == 0x31, minor == 0x30 || minor == 0x31 else {
      throw HTTPRefusal(.versionNotSupported, "HTTP/1.0 and HTTP/1.1 are spoken here.")
    }
    return Int(minor - 0x30)
  }

  private static func checkHost(
    _ headers: inout HTTPHeaders, target: RequestTarget, minorVersion: Int
  ) throws(HTTPRefusal) {
    let hosts = headers.values(for: "host")
    guard hosts.count <= 1 else { throw HTTPRefusal(.badRequest, "There is more than one Host.") }
    guard minorVersion == 0 || hosts.count == 1 else { throw HTTPRefusal(.badRequest, "There is no Host.") }
    let forbidden: (UInt8) -> Bool = { byte in
      byte <= ASCII.space || byte >= 0x7F || byte == ASCII.slash || byte == ASCII.question || byte == 0x40
        || byte == 0x2C || byte == ASCII.hash
    }
    if let authority = target.authority {
      guard !authority.utf8.contains(where: forbidden) else {
        throw HTTPRefusal(.badRequest, "The target's host is malformed.")
      }
      headers["host"] = authority
    } else if let host = hosts.first, host.utf8.contains(where: forbidden) {
      throw HTTPRefusal(.badRequest, "Host is malformed.")
    }
  }

  private static func framing(
    _ headers: HTTPHeaders, minorVersion: Int
  ) throws(HTTPRefusal) -> HTTPRequestHead.Framing {
    let lengths = headers.values(for: "content-length")
    let encodings = headers.values(for: "transfer-encoding")
    if !encodings.isEmpty {
      guard lengths.isEmpty else {
        throw HTTPRefusal(.badRequest, "Content-Length and Transfer-Encoding exclude each other.")
      }
      guard minorVersion == 1 else { throw HTTPRefusal(.badRequest, "HTTP/1.0 knows no Transfer-Encoding.") }
      guard encodings.count == 1, HTTPHeaders.same(encodings[0], "chunked") else {
        throw HTTPRefusal(.notImplemented, "The only Transfer-Encoding taken is one chunked.")
      }
      return .chunked
    }
    guard let text = lengths.first else { return .none }
    guard lengths.count == 1, (1...15).contains(text.utf8.count), text.utf8.allSatisfy(\.isDigit),
      let length = Int(text)
    else { throw HTTPRefusal(.badRequest, "Content-Length must be one number of 1 to 15 digits.") }
    return .length(length)
  }

  /// Parses whole lines of fields.
  private func fields(_ range: Range<Int>) throws(HTTPRefusal) -> HTTPHeaders {
    var headers = HTTPHeaders()
    var position = range.lowerBound
    while position < range.upperBound {
      guard let end = buffer[position..<range.upperBound].firstIndex(of: ASCII.carriageReturn) else {
        throw Self.bareEnd
      }
      let line = buffer[position..<end]
      guard let colon = line.firstIndex(of: ASCII.colon), colon > line.startIndex,
        line[..<colon].allSatisfy(\.isToken)
      else { throw HTTPRefusal(.badRequest, "A header field has no proper name.") }
      var value = line[(colon + 1)...]
      while let first = value.first, first == ASCII.space || first == ASCII.tab { value = value.dropFirst() }
      while let last = value.last, last == ASCII.space || last == ASCII.tab { value = value.dropLast() }
      guard headers.count < limits.fields else {
        throw HTTPRefusal(.headerFieldsTooLarge, "There are more than \(limits.fields) header fields.")
      }
      headers.add(String(decoding: line[..<colon], as: UTF8.self), Self.text(value))
      position = end + 2
    }
    return headers
  }

  /// UTF-8 where it is that, else each byte as the character of its number.
  private static func text(_ bytes: ArraySlice<UInt8>) -> String {
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    return String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
  }

  private func chunkSize(_ line: ArraySlice<UInt8>) throws(HTTPRefusal) -> Int {
    let digits = line.prefix { $0.hexValue != nil }
    guard !digits.isEmpty else { throw HTTPRefusal(.badRequest, "A chunk's size must be hexadecimal digits.") }
    guard digits.count <= 12 else { throw HTTPRefusal(.contentTooLarge, "A chunk is too large.") }
    let rest = line.dropFirst(digits.count)
    guard rest.isEmpty || rest.first == ASCII.semicolon else {
      throw HTTPRefusal(.badRequest, "A chunk's size must be hexadecimal digits.")
    }
    guard rest.count <= limits.chunkExtension else {
      throw HTTPRefusal(.headerFieldsTooLarge, "A chunk's extension is too long.")
    }
    return digits.reduce(0) { $0 << 4 | Int($1.hexValue ?? 0) }
  }
}
