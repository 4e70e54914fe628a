internal import HeadraceExtraction

extension RichTextReader {
  /// Does what a control word says.
  mutating func apply(_ word: String, _ number: Int?) {
    let isFirst = group.isFresh
    group.isFresh = false
    if isFirst, group.isOptional {
      flush()
      // A destination that a reader may not know: skipped, but for text boxes, notes and Unicode twins.
      switch word {
      case "shptxt", "ud", "shpinst", "annotation", "footnote": group.isOptional = false
      default:
        group.destination = .skipped
        return
      }
    }
    switch word {
    case "u": unicode(number ?? 0)
    case "uc": group.fallback = max(0, min(number ?? 1, 16))
    case "par", "row", "nestrow", "sect", "page", "line", "lbr", "softpage":
      flush()
      breakLine(word)
      if word.hasSuffix("row") { cellStart = sink.writes }
    case "trowd": cellStart = sink.writes
    case "cell", "nestcell":
      flush()
      if case .body = group.destination { sink.endCell(since: cellStart) }
      tab()
      cellStart = sink.writes
    case "tab": tab()
    case "emdash": unicode("—")
    case "endash": unicode("–")
    case "emspace", "enspace", "qmspace": unicode(" ")
    case "lquote": unicode("‘")
    case "rquote": unicode("’")
    case "ldblquote": unicode("“")
    case "rdblquote": unicode("”")
    case "bullet": unicode("•")
    case "zwj": unicode("\u{200d}")
    case "zwnj": unicode("\u{200c}")
    case "v": setHidden(number != 0)
    case "deleted": setHidden(number != 0)
    case "plain": setHidden(false)
    default: setUp(word, number)
    }
  }

  /// Destinations, fonts and code pages.
  private mutating func setUp(_ word: String, _ number: Int?) {
    switch word {
    case "ansicpg": if let number, let page = CodePages.name(ofPage: number) { codePage = page }
    case "ansi": break
    case "mac": codePage = "MACINTOSH"
    case "pc": codePage = "IBM437"
    case "pca": codePage = "IBM850"
    case "deff": defaultFont = number
    case "f": font(number)
    case "fcharset": if let tableFont, let number { fonts[tableFont] = CodePages.name(ofCharset: number) }
    case "cpg": if let tableFont, let number, let page = CodePages.name(ofPage: number) { fonts[tableFont] = page }
    case "fonttbl": enter(.fontTable)
    case "colortbl", "stylesheet", "pict", "object", "objdata", "themedata", "datastore", "listtable",
      "listoverridetable", "revtbl", "rsidtbl", "generator", "filetbl", "xmlnstbl", "latentstyles", "pntext", "xe",
      "tc", "bkmkstart",
      "bkmkend", "fldinst", "nonshppict", "do", "template", "private", "upr":
      // The Unicode twin of an `upr` group is a group within it, and read by itself.
      if word == "upr" { group.destination = .skipped } else { enter(.skipped) }
    case "ud": group.destination = .body
    case "info": enter(.info)
    case "title", "author": if case .info = group.destination { enter(.fact(word)) }
    case "creatim": if case .info = group.destination { enter(.fact("created")) }
    case "yr", "mo", "dy", "hr", "min": if case .fact("created") = group.destination { date[word] = number }
    case "result", "shptxt", "fldrslt", "footnote", "header", "headerl", "headerr", "headerf", "footer", "footerl",
      "footerr",
      "footerf":
      if case .body = group.destination { sink.space() }
    default: break
    }
  }

  private mutating func enter(_ destination: Destination) {
    flush()
    if case .skipped = group.destination { return }
    group.destination = destination
    fact = []
  }

  private mutating func font(_ number: Int?) {
    flush()
    if case .fontTable = group.destination { tableFont = number } else { group.font = number }
  }

  private mutating func setHidden(_ isHidden: Bool) {
    flush()
    group.isHidden = isHidden
  }

  // MARK: Text

  /// Bytes in the font's code page.
  mutating func text(_ bytes: some Collection<UInt8>) {
    group.isFresh = false
    guard toSkip > 0 else {
      if takesText { pending.append(contentsOf: bytes) }
      return
    }
    let skipped = min(toSkip, bytes.count)
    toSkip -= skipped
    if takesText { pending.append(contentsOf: bytes.dropFirst(skipped)) }
  }

  /// A UTF-16 unit.
  private mutating func unicode(_ number: Int) {
    flushBytes()
    toSkip = group.fallback
    let unit = UInt32(truncatingIfNeeded: number) & 0xffff
    if unit & 0xfc00 == 0xd800 {
      highSurrogate = unit
      return
    }
    if unit & 0xfc00 == 0xdc00 {
      guard let high = highSurrogate else { return }
      highSurrogate = nil
      emit(Unicode.Scalar(0x10000 + ((high & 0x3ff) << 10) + (unit & 0x3ff)))
      return
    }
    highSurrogate = nil
    // Symbol fonts have their signs in the private area: they are decoration.
    emit(
      unit >= 0xf000 && unit < 0xf100
        ? nil : Unicode.Scalar(number > 0xffff ? UInt32(truncatingIfNeeded: number) : unit))
  }

  /// A character that has a word of its own.
  mutating func unicode(_ character: Unicode.Scalar) {
    flushBytes()
    guard toSkip == 0 else {
      toSkip -= 1
      return
    }
    emit(character)
  }

  private mutating func emit(_ scalar: Unicode.Scalar?) {
    guard let scalar, takesText, scalar.value != 0 else { return }
    output(String(Character(scalar)))
  }

  private mutating func tab() {
    flush()
    guard case .body = group.destination, !group.isHidden else { return }
    sink.tab()
  }

  mutating func breakLine(_ word: String = "par") {
    switch group.destination {
    case .body:
      guard !group.isHidden else { return }
      word == "page" || word == "sect" ? sink.paragraphBreak() : sink.lineBreak()
    case .fact: fact.append(0x20)
    default: break
    }
  }

  /// Ends everything that waits.
  mutating func flush() {
    flushBytes()
    highSurrogate = nil
  }

  private mutating func flushBytes() {
    guard !pending.isEmpty else { return }
    let bytes = pending
    pending = []
    output(CodePages.decode(bytes, font: fontPage, document: codePage))
  }

  /// The code page of the font in force; nil where the font has none of its own.
  private var fontPage: String? { (group.font ?? defaultFont).flatMap { fonts[$0] } }

  private var takesText: Bool {
    switch group.destination {
    case .body: !group.isHidden
    case .fact(let key): key != "created"
    case .skipped, .fontTable, .info: false
    }
  }

  private mutating func output(_ text: String) {
    switch group.destination {
    case .body: sink.write(text)
    case .fact: if fact.count < 4000 { fact.append(contentsOf: text.utf8) }
    default: break
    }
  }
}
