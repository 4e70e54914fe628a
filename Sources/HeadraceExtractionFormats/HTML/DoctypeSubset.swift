/// Finds, byte by byte, the end of the declarations that an XHTML document brings along between `[` and `]` of its DOCTYPE.
/// They define entities and attributes, and none of it is text; an HTML parser would take the first `>` in them for the end.
struct DoctypeSubset {
  /// What a byte means.
  enum Step {
    /// It is part of the subset.
    case inside
    /// It is the `]` behind it.
    case end
    /// It begins the name of a tag, whose `<` was the byte before: the subset was never closed, and the document is here.
    case tag
  }

  private enum State {
    case between
    /// Behind a `<`.
    case open
    /// Behind `<!`, or `<!-`.
    case bang
    /// In a declaration or an instruction, outside of quotes.
    case declaration
    case literal
    case comment
  }

  private var state = State.between
  private var quote: UInt8 = 0
  private var literalBytes = 0
  /// Hyphens at the end of what was read of a comment.
  private var hyphens = 0
  /// A quote that is longer is one that nobody closed.
  private static let longestLiteral = 16 << 10

  /// Takes the next byte.
  mutating func take(_ byte: UInt8) -> Step {
    switch state {
    case .between:
      if byte == UInt8(ascii: "]") { return .end }
      if byte == UInt8(ascii: "<") { state = .open }
    case .open: return open(byte)
    case .bang:
      guard byte == UInt8(ascii: "-") else {
        state = .declaration
        inDeclaration(byte)
        break
      }
      hyphens += 1
      if hyphens == 2 {
        state = .comment
        hyphens = 0
      }
    case .declaration: inDeclaration(byte)
    case .literal:
      literalBytes += 1
      if byte == quote { state = .declaration } else if literalBytes > Self.longestLiteral { state = .between }
    case .comment:
      if byte == UInt8(ascii: ">"), hyphens >= 2 {
        state = .between
      } else {
        hyphens = byte == UInt8(ascii: "-") ? hyphens + 1 : 0
      }
    }
    return .inside
  }

  private mutating func open(_ byte: UInt8) -> Step {
    switch byte {
    case 0x41...0x5a, 0x61...0x7a: return .tag
    case UInt8(ascii: "!"):
      state = .bang
      hyphens = 0
    case UInt8(ascii: "?"): state = .declaration
    case UInt8(ascii: "<"): break
    default: state = .between
    }
    return .inside
  }

  private mutating func inDeclaration(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: ">"): state = .between
    case UInt8(ascii: "<"): state = .open
    case UInt8(ascii: "\""), UInt8(ascii: "'"):
      state = .literal
      quote = byte
      literalBytes = 0
    default: break
    }
  }
}
