/// Takes out of HTML what costs the parser time and gives no text, byte by byte and in one pass: the content of scripts and
/// styles, and what a tag has beyond its first 4 KiB (a picture in an address, a hundred thousand attributes, which libxml2
/// compares each with each). Takes out too what the parser would take for text: the declarations in an XHTML document's
/// DOCTYPE.
struct HTMLThinner {
  private enum State {
    case text
    /// Behind a `<`.
    case open
    /// In a tag's name.
    case name
    /// In a tag, behind its name.
    case tag
    /// Behind `<!`: a comment or a declaration.
    case declaration
    case comment
    /// In a DOCTYPE, behind that word.
    case doctype
    /// Between the brackets of a DOCTYPE.
    case subset
    /// In a script or a style.
    case raw
  }

  private var state = State.text
  /// The quote that an attribute's value stands in; 0 outside of one.
  private var quote: UInt8 = 0
  /// Whether a value follows: quotes count there alone.
  private var expectsValue = false
  private var tagBytes = 0
  private var name: [UInt8] = []
  private var isEndTag = false
  /// Hyphens at the end of what was read of a comment.
  private var hyphens = 0
  /// How the script or style ends, and how much of that was just read.
  private var rawEnd: [UInt8] = []
  private var held: [UInt8] = []
  private var subset = DoctypeSubset()
  private static let longestTag = 4096

  /// Appends what is left of `bytes` to `output`.
  mutating func thin(_ bytes: Slice<UnsafeRawBufferPointer>, into output: inout [UInt8]) {
    var index = unsafe bytes.startIndex
    let end = unsafe bytes.endIndex
    while index < end {
      // The parser takes a NUL for the end.
      let byte = unsafe bytes[index] == 0 ? 0x20 : bytes[index]
      index += 1
      switch state {
      case .text:
        if byte == UInt8(ascii: "<") { state = .open }
        output.append(byte)
      case .raw: inRaw(byte, &output)
      case .tag: inTag(byte, &output)
      case .doctype: inDoctype(byte, &output)
      case .subset: inSubset(byte, &output)
      case .open, .name, .declaration, .comment:
        output.append(byte)
        inStart(byte)
      }
    }
  }

  private mutating func inStart(_ byte: UInt8) {
    switch state {
    case .open: open(byte)
    case .name:
      tagBytes += 1
      if byte == UInt8(ascii: ">") {
        closeTag()
      } else if byte <= 0x20 || byte == UInt8(ascii: "/") {
        beginAttributes()
      } else if name.count < 16 {
        name.append(byte | 0x20)
      }
    case .declaration:
      if byte == UInt8(ascii: "-") {
        hyphens += 1
        if hyphens == 2 { state = .comment }
      } else {
        // No comment: it ends as a tag does.
        state = byte == UInt8(ascii: ">") ? .text : .name
        isEndTag = true
        name += [UInt8(ascii: "!"), byte | 0x20]
      }
    default:
      // `-->`, and `<!-->` too.
      if byte == UInt8(ascii: ">"), hyphens >= 2 {
        state = .text
      } else {
        hyphens = byte == UInt8(ascii: "-") ? hyphens + 1 : 0
      }
    }
  }

  private mutating func open(_ byte: UInt8) {
    name.removeAll(keepingCapacity: true)
    isEndTag = false
    tagBytes = 0
    hyphens = 0
    switch byte {
    case 0x41...0x5a, 0x61...0x7a:
      name.append(byte | 0x20)
      state = .name
    case UInt8(ascii: "/"), UInt8(ascii: "?"):
      isEndTag = true
      state = .name
    case UInt8(ascii: "!"): state = .declaration
    case UInt8(ascii: "<"): break
    default: state = .text
    }
  }

  private mutating func beginAttributes() {
    state = name.elementsEqual("!doctype".utf8) ? .doctype : .tag
    quote = 0
    expectsValue = false
  }

  private mutating func inTag(_ byte: UInt8, _ output: inout [UInt8]) {
    tagBytes += 1
    if quote == 0, byte == UInt8(ascii: ">") {
      output.append(byte)
      closeTag()
      return
    }
    if quote != 0 {
      if byte == quote {
        quote = 0
        if tagBytes > Self.longestTag { return }
      }
    } else if byte == UInt8(ascii: "=") {
      expectsValue = true
    } else if byte > 0x20 {
      if expectsValue, byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") { quote = byte }
      expectsValue = false
    }
    if tagBytes <= Self.longestTag {
      output.append(byte)
    } else if tagBytes == Self.longestTag + 1, quote != 0 {
      // The value that is cut off ends here for the parser.
      output.append(quote)
    }
  }

  private mutating func inDoctype(_ byte: UInt8, _ output: inout [UInt8]) {
    tagBytes += 1
    if byte == UInt8(ascii: ">") {
      output.append(byte)
      state = .text
      return
    }
    if quote != 0 {
      if byte == quote { quote = 0 }
    } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
      quote = byte
    } else if byte == UInt8(ascii: "[") {
      state = .subset
      subset = DoctypeSubset()
      return
    }
    if tagBytes <= Self.longestTag { output.append(byte) }
  }

  private mutating func inSubset(_ byte: UInt8, _ output: inout [UInt8]) {
    switch subset.take(byte) {
    case .inside: break
    case .end: state = .doctype
    case .tag:
      output += [UInt8(ascii: ">"), UInt8(ascii: "<"), byte]
      open(byte)
    }
  }

  private mutating func closeTag() {
    state = .text
    guard !isEndTag, name.elementsEqual("script".utf8) || name.elementsEqual("style".utf8) else { return }
    state = .raw
    rawEnd = Array("</".utf8) + name
    held.removeAll(keepingCapacity: true)
  }

  /// Nothing is kept until the end tag.
  private mutating func inRaw(_ byte: UInt8, _ output: inout [UInt8]) {
    let lower = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte
    if held.count == rawEnd.count {
      if byte <= 0x20 || byte == UInt8(ascii: ">") || byte == UInt8(ascii: "/") {
        output.append(contentsOf: rawEnd)
        output.append(byte)
        isEndTag = true
        if byte == UInt8(ascii: ">") { state = .text } else { beginAttributes() }
        return
      }
      held.removeAll(keepingCapacity: true)
    } else if lower == rawEnd[held.count] {
      held.append(lower)
      return
    }
    held.removeAll(keepingCapacity: true)
    if lower == rawEnd[0] { held.append(lower) }
  }
}
