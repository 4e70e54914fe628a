/// Tells the encoding of a text and reads it.
///
/// In this order: byte order mark; what the caller declares; what the text declares of itself; UTF-8; UTF-16 without a
/// mark; UTF-8 with a little damage; what uchardet guesses. What is declared counts only where it decodes strictly.
package enum TextDecoder {
  /// The charset that the text declares of itself is looked for where its format has one.
  package enum OwnDeclaration: Sendable {
    case none, html, xml
  }

  /// The text of `bytes`. Throws ``ExtractionFailure`` (`undecodable`) when more than 1 % of it are no characters.
  package static func decode(_ bytes: [UInt8], declared: String?, own: OwnDeclaration) throws -> DecodedText {
    let text = read(bytes, declared: declared, own: own)
    guard text.replaced * 100 <= text.scalars else {
      throw ExtractionFailure(
        .undecodable,
        detail: """
          Read as \(text.encoding), \(text.replaced) of its \(text.scalars) characters are none. Send it with its \
          charset, or as UTF-8.
          """)
    }
    return text
  }

  private static func read(_ bytes: [UInt8], declared: String?, own: OwnDeclaration) -> DecodedText {
    if let mark = ByteOrderMark(bytes) {
      if mark.encoding == "UTF-8" { return repaired(bytes, from: mark.length) }
      if let text = converted(bytes[mark.length...], from: mark.encoding, strictly: false) { return text }
    }
    var check = UTF8Check(bytes)
    if endsInOtherEncoding(bytes, check) { check.isValid = false }
    // UTF-16 of an alphabet such as Thai may be all below 0x80, and is no text by its controls.
    let hasControls = !ByteSurvey(Array(bytes.prefix(64 << 10))).looksLikeText
    let isPlainUTF8 = check.isValid && !hasControls && !check.hasEscape
    if let declared, let text = declaredText(bytes, charset: declared, check: check, byCaller: true) { return text }
    if let charset = DeclaredCharset.find(in: bytes, own),
      let text = declaredText(bytes, charset: charset, check: check, byCaller: false)
    {
      return text
    }
    if isPlainUTF8 { return valid(bytes, check) }
    if !check.isValid || hasControls {
      if let order = UTF16Check.order(of: bytes),
        let text = converted(bytes[...], from: order.rawValue, strictly: false)
      {
        return text
      }
      if let encoding = UTF32Check.encoding(of: bytes),
        let text = converted(bytes[...], from: encoding, strictly: false)
      {
        return text
      }
    }
    if !check.isValid, let text = slightlyDamaged(bytes) { return text }
    return guessed(bytes, check)
  }

  /// Whether the only byte beyond ASCII is the last one, and no likely beginning of a character: `Café` in Latin-1, and not
  /// UTF-8 that was cut in its first accent.
  private static func endsInOtherEncoding(_ bytes: [UInt8], _ check: UTF8Check) -> Bool {
    check.isCut && check.validPrefix == bytes.count - 1 && check.scalars == check.validPrefix
      && bytes[bytes.count - 1] > 0xc3
  }

  // MARK: The steps

  /// The text by a declared charset; nil where the bytes are not in it.
  private static func declaredText(
    _ bytes: [UInt8], charset: String, check: UTF8Check, byCaller: Bool
  ) -> DecodedText? {
    guard let encoding = Charset.canonical(charset) else { return nil }
    switch encoding {
    case "UTF-8": return check.isValid && !check.hasNUL ? valid(bytes, check) : nil
    case "UTF-16", "UTF-16LE", "UTF-16BE", "UTF-32", "UTF-32LE", "UTF-32BE":
      // A document whose declaration was read byte by byte is not in wide characters, whatever it says.
      guard byCaller else { return nil }
      if encoding.hasPrefix("UTF-32") {
        return UTF32Check.encoding(of: bytes).flatMap { converted(bytes[...], from: $0, strictly: true) }
      }
      if check.isValid, !check.hasNUL { return nil }
      let order = UTF16Check.order(of: bytes)?.rawValue ?? (encoding == "UTF-16" ? "UTF-16LE" : encoding)
      return converted(bytes[...], from: order, strictly: true)
    default: return converted(bytes[...], from: encoding, strictly: true)
    }
  }

  private static func guessed(_ bytes: [UInt8], _ check: UTF8Check) -> DecodedText {
    let sample = sampleForGuess(bytes)
    let guess = CharsetGuess.guess(sample)
    var encoding = CharsetChoice.choose(guess: guess, sample: sample)
    if check.isValid, !encoding.hasPrefix("ISO-2022"), !encoding.hasPrefix("HZ") { encoding = "UTF-8" }
    // One byte is too little to guess by.
    if endsInOtherEncoding(bytes, check) { encoding = "windows-1252" }
    if encoding == "UTF-8" { return check.isValid ? valid(bytes, check) : repaired(bytes, from: 0) }
    return converted(bytes[...], from: encoding, strictly: false)
      ?? converted(bytes[...], from: "windows-1252", strictly: false)
      ?? repaired(bytes, from: 0)
  }

  /// At most 1 MiB, from the line of the first byte that is not ASCII: the ASCII before it tells nothing.
  private static func sampleForGuess(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
    let first = bytes.firstIndex { $0 >= 0x80 || $0 == 0x1b } ?? 0
    let line = bytes[..<first].lastIndex(of: 0x0a).map { $0 + 1 } ?? 0
    let start = max(line, first - 4096)
    return bytes[start..<min(bytes.count, start + (1 << 20))]
  }

  /// UTF-8 in which a few bytes are broken: at least ten whole characters beyond ASCII for each that is not. Text in any
  /// other encoding has next to none.
  private static func slightlyDamaged(_ bytes: [UInt8]) -> DecodedText? {
    let text = repaired(bytes, from: 0)
    guard text.replaced > 0, text.replaced * 100 <= text.scalars else { return nil }
    let ascii = bytes.reduce(into: 0) { if $1 < 0x80 { $0 += 1 } }
    let beyond = text.scalars - ascii - text.replaced
    return beyond >= 10 * text.replaced && !bytes.contains(0) ? text : nil
  }

  // MARK: Making the text

  private static func valid(_ bytes: [UInt8], _ check: UTF8Check) -> DecodedText {
    let isContent = check.validPrefix == bytes.count
    return DecodedText(
      utf8: isContent ? bytes : Array(bytes[..<check.validPrefix]), encoding: "UTF-8", scalars: check.scalars,
      replaced: 0, isContent: isContent)
  }

  private static func repaired(_ bytes: [UInt8], from start: Int) -> DecodedText {
    let rest = Array(bytes[start...])
    let check = UTF8Check(rest)
    if check.isValid {
      var text = valid(rest, check)
      text.isContent = text.isContent && start == 0
      return text
    }
    let before = Self.replacements(in: rest)
    let utf8 = Array(String(decoding: rest, as: UTF8.self).utf8)
    let scalars = UTF8Check(utf8).scalars
    return DecodedText(
      utf8: utf8, encoding: "UTF-8", scalars: scalars, replaced: Self.replacements(in: utf8) - before,
      isContent: false)
  }

  private static func converted(
    _ bytes: ArraySlice<UInt8>, from encoding: String, strictly: Bool
  ) -> DecodedText? {
    guard let result = IconvDecoder.decode(bytes, as: encoding, strictly: strictly) else { return nil }
    let check = UTF8Check(result.bytes)
    return DecodedText(
      utf8: result.bytes, encoding: encoding, scalars: check.scalars, replaced: result.replaced, isContent: false)
  }

  /// How many U+FFFD are in valid or repaired UTF-8.
  private static func replacements(in utf8: [UInt8]) -> Int {
    var count = 0
    var index = 0
    while index + 2 < utf8.count {
      if utf8[index] == 0xef, utf8[index + 1] == 0xbf, utf8[index + 2] == 0xbd {
        count += 1
        index += 3
      } else {
        index += 1
      }
    }
    return count
  }
}
