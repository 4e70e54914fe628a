/// What of a text is shown to the detector of languages, and whether it is enough to tell anything.
package enum LanguageSample {
  /// The first 64 KiB of valid UTF-8 without what CLD2 stops at: it takes no control characters and no characters that are
  /// none, and of a manual page with one BEL near its beginning it would see the first lines alone.
  static func make(_ utf8: ArraySlice<UInt8>) -> [UInt8] {
    var sample = Array(utf8.prefix(64 << 10))
    var index = 0
    while index < sample.count {
      let byte = sample[index]
      if byte < 0x20 && byte != 0x09 && byte != 0x0a && byte != 0x0d || byte == 0x7f { sample[index] = 0x20 }
      if byte == 0xc2, index + 1 < sample.count, sample[index + 1] < 0xa0 { blank(&sample, index, 2) }
      if byte == 0xef, index + 2 < sample.count {
        let last = UInt16(sample[index + 1]) << 8 | UInt16(sample[index + 2])
        // U+FDD0 … U+FDEF, U+FFFE, U+FFFF.
        if (0xb790...0xb7af).contains(last) || last >= 0xbfbe { blank(&sample, index, 3) }
      }
      index += 1
    }
    return sample
  }

  /// The body of a mail, whose headers are English whatever language it is written in; all of it where the body is short.
  package static func bodyOfMail(_ utf8: [UInt8]) -> ArraySlice<UInt8> {
    guard let end = utf8.indices.dropLast().first(where: { utf8[$0] == 0x0a && utf8[$0 + 1] == 0x0a }) else {
      return utf8[...]
    }
    let body = utf8[(end + 2)...]
    return isEnough(body) ? body : utf8[...]
  }

  /// Whether there are fifty letters. A sign of Chinese, Japanese or Korean tells as much as three letters do.
  static func isEnough(_ utf8: ArraySlice<UInt8>) -> Bool {
    var count = 0
    for scalar in String(decoding: utf8.prefix(64 << 10), as: UTF8.self).unicodeScalars
    where scalar.properties.isAlphabetic {
      count += isWide(scalar) ? 3 : 1
      if count >= 50 { return true }
    }
    return false
  }

  private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x3041..<0xa000, 0xac00..<0xd7a4, 0x20000..<0x32000: true
    default: false
    }
  }

  private static func blank(_ sample: inout [UInt8], _ index: Int, _ count: Int) {
    for place in index..<index + count { sample[place] = 0x20 }
  }
}
