/// Tells a language by its script, where CLD2 is not sure: many foreign words in a short text unsettle it, and still there is
/// only one language that is written in Hangul.
enum ScriptLanguage {
  /// The language that most letters of valid UTF-8 can only belong to. Han alone is Chinese; `guess`, what CLD2 leans to, says
  /// which.
  static func language(of utf8: ArraySlice<UInt8>, guess: String?) -> String? {
    var counts: [String: Int] = [:]
    var letters = 0
    for scalar in String(decoding: utf8, as: UTF8.self).unicodeScalars where scalar.properties.isAlphabetic {
      letters += 1
      if let language = language(of: scalar) { counts[language, default: 0] += 1 }
    }
    // Japanese writes Han among its own.
    if let kana = counts["ja"], kana * 10 >= letters { counts["ja"] = kana + (counts["zh"] ?? 0) }
    guard let most = counts.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }), most.value * 2 >= letters else {
      return nil
    }
    if most.key == "zh", let guess, guess.hasPrefix("zh") { return guess }
    return most.key
  }

  private static func language(of scalar: Unicode.Scalar) -> String? {
    switch scalar.value {
    case 0x370..<0x400, 0x1f00..<0x2000: "el"
    case 0x531..<0x590: "hy"
    case 0x10a0..<0x1100: "ka"
    case 0xe00..<0xe80: "th"
    case 0xe80..<0xf00: "lo"
    case 0x1780..<0x1800: "km"
    case 0x1000..<0x10a0: "my"
    case 0x3041..<0x3100, 0xff66..<0xffa0: "ja"
    case 0xac00..<0xd7a4, 0x1100..<0x1200, 0x3131..<0x318f: "ko"
    case 0x3400..<0x4dc0, 0x4e00..<0xa000, 0x20000..<0x30000: "zh"
    case 0xb80..<0xc00: "ta"
    case 0xc00..<0xc80: "te"
    case 0xc80..<0xd00: "kn"
    case 0xd00..<0xd80: "ml"
    case 0xa80..<0xb00: "gu"
    case 0xd80..<0xe00: "si"
    default: nil
    }
  }
}
