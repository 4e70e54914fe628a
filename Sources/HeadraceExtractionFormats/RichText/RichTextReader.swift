internal import HeadraceExtraction

/// Reads RTF token by token: groups, control words, bytes in the code page of their font, Unicode with its fallback.
///
/// Groups are a stack of small states, bounded; nothing recurses.
struct RichTextReader {
  /// What a group's text is for.
  enum Destination: Sendable {
    case body, skipped, fontTable, info, fact(String)
  }

  /// What a group may change and gives back at its end.
  struct Group {
    var destination = Destination.body
    var font: Int?
    /// How many characters stand in for a `\u` where Unicode is not known.
    var fallback = 1
    var isHidden = false
    /// Whether nothing of the group was read yet: a destination's name comes first.
    var isFresh = true
    var isOptional = false
  }

  let sink: TextSink
  var group = Group()
  var stack: [Group] = []
  /// The charsets of fonts, as code pages by iconv's names.
  var fonts: [Int: String] = [:]
  var codePage = "windows-1252"
  var defaultFont: Int?
  var tableFont: Int?
  /// Bytes of text that wait for their end: characters may be two of them.
  var pending: [UInt8] = []
  /// What still stands in for the last `\u`.
  var toSkip = 0
  var highSurrogate: UInt32?
  /// How much was written when the table's cell that is open began.
  var cellStart = 0
  var fact: [UInt8] = []
  var date: [String: Int] = [:]

  private static let maximumDepth = 100_000

  init(_ sink: TextSink) { self.sink = sink }

  /// Writes the text of `bytes`. Throws ``FormatFault``.
  mutating func read(_ bytes: [UInt8]) throws {
    var index = bytes.firstIndex(of: UInt8(ascii: "{")) ?? bytes.count
    guard bytes[index...].starts(with: "{\\rtf".utf8) else { throw FormatFault.corrupt("It does not begin as RTF.") }
    var hasEnded = false
    while index < bytes.count, !hasEnded {
      switch bytes[index] {
      case UInt8(ascii: "{"):
        index += 1
        try open()
      case UInt8(ascii: "}"):
        index += 1
        hasEnded = close()
      case UInt8(ascii: "\\"): index = control(bytes, at: index + 1)
      case 0x0d, 0x0a, 0x00: index += 1
      default:
        let start = index
        while index < bytes.count, !Self.isSpecial(bytes[index]) { index += 1 }
        text(bytes[start..<index])
      }
    }
    flush()
    guard hasEnded else { throw FormatFault.corrupt("It ends within a group: it is cut short. Send it again.") }
    sink.fact("encoding", codePage)
  }

  // MARK: Groups

  private mutating func open() throws {
    flush()
    guard stack.count < Self.maximumDepth else { throw FormatFault.corrupt("Its groups are nested too deeply.") }
    stack.append(group)
    group.isFresh = true
    group.isOptional = false
    toSkip = 0
  }

  /// Whether this was the end of the document.
  private mutating func close() -> Bool {
    flush()
    if case .fact(let key) = group.destination { finish(key) }
    guard let outer = stack.popLast() else { return true }
    group = outer
    group.isFresh = false
    toSkip = 0
    return stack.isEmpty
  }

  private mutating func finish(_ key: String) {
    if key == "created" {
      if let year = date["yr"], let month = date["mo"], let day = date["dy"] {
        sink.fact(
          key,
          "\(year)-\(Self.two(month))-\(Self.two(day))T\(Self.two(date["hr"] ?? 0)):\(Self.two(date["min"] ?? 0)):00")
      }
      date = [:]
      return
    }
    sink.fact(key, String(decoding: fact, as: UTF8.self))
    fact = []
  }

  static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

  private static func isSpecial(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "\\"), 0x0d, 0x0a, 0x00: true
    default: false
    }
  }

  // MARK: Control words and symbols

  /// Reads what stands behind a backslash; returns where the rest begins.
  private mutating func control(_ bytes: [UInt8], at start: Int) -> Int {
    guard start < bytes.count else { return start }
    let first = bytes[start]
    guard Self.isLetter(first) else { return symbol(first, bytes, at: start + 1) }
    var index = start
    while index < bytes.count, index - start < 32, Self.isLetter(bytes[index]) { index += 1 }
    let word = String(decoding: bytes[start..<index], as: UTF8.self)
    var number: Int?
    var isNegative = false
    if index + 1 < bytes.count, bytes[index] == UInt8(ascii: "-"), Self.isDigit(bytes[index + 1]) {
      isNegative = true
      index += 1
    }
    while index < bytes.count, Self.isDigit(bytes[index]) {
      number = min((number ?? 0) * 10 + Int(bytes[index] - 0x30), 1 << 32)
      index += 1
    }
    if isNegative { number = number.map { -$0 } }
    if index < bytes.count, bytes[index] == 0x20 { index += 1 }
    if word == "bin" { return min(bytes.count, index + max(0, number ?? 0)) }
    if toSkip > 0, word != "u", word != "uc" {
      toSkip -= 1
      return index
    }
    apply(word, number)
    return index
  }

  private mutating func symbol(_ symbol: UInt8, _ bytes: [UInt8], at next: Int) -> Int {
    switch symbol {
    case UInt8(ascii: "'"):
      guard next + 1 < bytes.count, let byte = Self.hex(bytes[next], bytes[next + 1]) else { return next }
      text([byte])
      return next + 2
    case UInt8(ascii: "*"): group.isOptional = true
    case UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "\\"): text([symbol])
    case UInt8(ascii: "~"): unicode("\u{a0}")
    case UInt8(ascii: "_"): unicode("\u{2011}")
    case 0x0d, 0x0a:
      flush()
      breakLine()
      return symbol == 0x0d && next < bytes.count && bytes[next] == 0x0a ? next + 1 : next
    default: break
    }
    return next
  }

  private static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a }
  private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

  private static func hex(_ high: UInt8, _ low: UInt8) -> UInt8? {
    guard let high = digit(high), let low = digit(low) else { return nil }
    return high << 4 | low
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x37
    case 0x61...0x66: byte - 0x57
    default: nil
    }
  }
}
