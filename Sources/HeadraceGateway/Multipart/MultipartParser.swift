/// A strict parser of `multipart/form-data` without I/O: bytes in; parts, slices, the end or a failure out.
///
/// What it says never depends on how the bytes were cut. A body counts as whole only when its closing delimiter came
/// and nothing but line ends follow it.
struct MultipartParser: Sendable {
  struct Part: Sendable, Hashable {
    let name: String
    let filename: String?
    let contentType: String?
    let contentDigest: String?
  }

  enum Step: Sendable, Hashable {
    case needsMore
    case part(Part)
    case body([UInt8])
    case endOfPart
    /// The closing delimiter has been read; more steps only check what follows.
    case closed
    case failed(String)
  }

  private enum State: Sendable, Hashable {
    case start
    case behindDelimiter
    case head
    case body
    case epilogue
    case failed(String)
  }

  static let headLimit = 8 << 10
  static let partLimit = 64

  private let delimiter: [UInt8]
  private var state = State.start
  private var buffer: [UInt8] = []
  private var start = 0
  private var parts = 0
  private var hasSkippedLineEnd = false
  /// Whether the body's first two bytes are the line end of the part's head.
  private var skipsLineEnd = false

  /// - Parameter boundary: as `Content-Type` has it: 1 to 70 characters.
  init?(boundary: String) {
    guard (1...70).contains(boundary.utf8.count), boundary.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }),
      boundary.utf8.last != 0x20
    else { return nil }
    delimiter = Array("\r\n--\(boundary)".utf8)
    // The first delimiter may stand at the very beginning: give it the line end that the others have.
    buffer = [0x0D, 0x0A]
  }

  mutating func append(_ bytes: [UInt8]) {
    if start > 0 {
      buffer.removeFirst(start)
      start = 0
    }
    buffer += bytes
  }

  /// Whether the body may end here.
  var isComplete: Bool { state == .epilogue }

  mutating func next() -> Step {
    while true {
      switch state {
      case .failed(let reason): return .failed(reason)
      case .start:
        // A client may also write the line end itself.
        if !hasSkippedLineEnd, available >= 4, buffer[start..<start + 4].elementsEqual([0x0D, 0x0A, 0x0D, 0x0A]) {
          start += 2
          hasSkippedLineEnd = true
        }
        let seen = min(available, delimiter.count)
        guard buffer[start..<start + seen].elementsEqual(delimiter[..<seen]) || isLineEndSoFar else {
          return fail("The body does not begin with its boundary.")
        }
        guard seen == delimiter.count, buffer[start..<start + seen].elementsEqual(delimiter) else { return .needsMore }
        start += seen
        state = .behindDelimiter
      case .behindDelimiter:
        guard let step = readBehindDelimiter() else { continue }
        return step
      case .head: return readHead()
      case .body: return readBody()
      case .epilogue:
        guard buffer[start...].allSatisfy({ $0 == 0x0D || $0 == 0x0A }), available <= 16 else {
          return fail("Something follows the closing boundary.")
        }
        return .needsMore
      }
    }
  }

  private var available: Int { buffer.count - start }

  private var isLineEndSoFar: Bool {
    !hasSkippedLineEnd && available < 4 && buffer[start...].elementsEqual([0x0D, 0x0A, 0x0D].prefix(available))
  }

  private mutating func fail(_ reason: String) -> Step {
    state = .failed(reason)
    buffer = []
    start = 0
    return .failed(reason)
  }

  /// `nil`: the state has moved on.
  private mutating func readBehindDelimiter() -> Step? {
    guard let first = buffer[start...].first else { return .needsMore }
    if first == UInt8(ascii: "-") {
      guard available >= 2 else { return .needsMore }
      guard buffer[start + 1] == UInt8(ascii: "-") else { return fail("A boundary is followed by other text.") }
      guard parts > 0 else { return fail("The form has no parts.") }
      start += 2
      state = .epilogue
      return .closed
    }
    guard let end = buffer[start...].firstIndex(where: { $0 != 0x20 && $0 != 0x09 }) else {
      return available > 64 ? fail("A boundary is followed by too much white space.") : .needsMore
    }
    guard buffer[end] == 0x0D else { return fail("A boundary is followed by other text.") }
    guard end + 1 < buffer.count else { return .needsMore }
    guard buffer[end + 1] == 0x0A else { return fail("A boundary is followed by other text.") }
    guard end - start <= 64 else { return fail("A boundary is followed by too much white space.") }
    parts += 1
    guard parts <= Self.partLimit else { return fail("The form has more than \(Self.partLimit) parts.") }
    start = end + 2
    state = .head
    return nil
  }

  private mutating func readHead() -> Step {
    // The head ends with an empty line; looked for from its beginning, which is short enough.
    let window = buffer[start..<min(buffer.count, start + Self.headLimit + 4)]
    guard let end = Self.endOfHead(window) else {
      return available > Self.headLimit ? fail("The head of a part is too long.") : .needsMore
    }
    switch Self.part(buffer[start..<end]) {
    case .failure(let reason): return fail(reason.text)
    case .success(let part):
      // The empty line's end stays: a delimiter may begin with it, and the body is empty then.
      start = end
      skipsLineEnd = true
      state = .body
      return .part(part)
    }
  }

  private mutating func readBody() -> Step {
    var index = start
    while let carriageReturn = buffer[index...].firstIndex(of: 0x0D) {
      let seen = min(buffer.count - carriageReturn, delimiter.count)
      if buffer[carriageReturn..<carriageReturn + seen].elementsEqual(delimiter[..<seen]) {
        if carriageReturn > bodyStart { return emit(upTo: carriageReturn) }
        guard seen == delimiter.count else { return .needsMore }
        start = carriageReturn + seen
        skipsLineEnd = false
        state = .behindDelimiter
        return .endOfPart
      }
      index = carriageReturn + 1
    }
    return buffer.count > bodyStart ? emit(upTo: buffer.count) : .needsMore
  }

  private var bodyStart: Int { skipsLineEnd ? start + 2 : start }

  private mutating func emit(upTo end: Int) -> Step {
    let slice = Array(buffer[bodyStart..<end])
    skipsLineEnd = false
    start = end
    return .body(slice)
  }

  // MARK: Heads

  private struct Reason: Error { let text: String }

  /// Where the empty line begins: the head's lines end before it.
  private static func endOfHead(_ bytes: ArraySlice<UInt8>) -> Int? {
    if bytes.starts(with: [0x0D, 0x0A]) { return bytes.startIndex }
    var index = bytes.startIndex
    while let found = bytes[index...].firstIndex(of: 0x0D) {
      if bytes[found...].starts(with: [0x0D, 0x0A, 0x0D, 0x0A]) { return found + 2 }
      index = found + 1
    }
    return nil
  }

  private static func part(_ head: ArraySlice<UInt8>) -> Result<Part, Reason> {
    guard let text = String(validating: head, as: UTF8.self) else {
      return .failure(Reason(text: "The head of a part is not UTF-8."))
    }
    var fields: [String: String] = [:]
    for line in text.split(separator: "\r\n", omittingEmptySubsequences: true) {
      guard let colon = line.firstIndex(of: ":"), line.first != " ", line.first != "\t" else {
        return .failure(Reason(text: "A field of a part's head has no name."))
      }
      let value = line[line.index(after: colon)...].trimmingSpace
      guard !value.utf8.contains(where: { $0 < 0x20 && $0 != 0x09 }),
        fields.updateValue(value, forKey: line[..<colon].lowercased()) == nil
      else { return .failure(Reason(text: "A field of a part's head is malformed.")) }
    }
    guard let disposition = fields["content-disposition"].flatMap(ContentDisposition.init),
      disposition.kind == "form-data", let name = disposition.name
    else { return .failure(Reason(text: "A part has no Content-Disposition: form-data with a name.")) }
    return .success(
      Part(
        name: name, filename: disposition.filename, contentType: fields["content-type"],
        contentDigest: fields["content-digest"]))
  }
}
