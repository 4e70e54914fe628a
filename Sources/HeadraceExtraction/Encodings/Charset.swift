/// The names of encodings: what senders call them, what iconv calls them.
package enum Charset {
  /// The name that iconv and our events use for what a sender calls `label`; nil when nobody knows it.
  ///
  /// Senders mean more than they say: `ISO-8859-1` is windows-1252, `GB2312` is GB18030, `Shift_JIS` is CP932, since
  /// the larger set contains the smaller one and is what the writing programs use.
  package static func canonical(_ label: String) -> String? {
    let name = label.trimmed(of: " \t\r\n\"';").lowercased()
    guard !name.isEmpty, name.utf8.count <= 40, name.utf8.allSatisfy(isAllowed) else { return nil }
    if let known = aliases[name] { return known }
    if name.hasPrefix("windows-125") || name.hasPrefix("iso-8859-") { return display(name) }
    if name.hasPrefix("cp125") { return "windows-" + name.dropFirst(2) }
    if name.hasPrefix("x-") { return canonical(String(name.dropFirst(2))) }
    return IconvDecoder.knows(name.uppercased()) ? name.uppercased() : nil
  }

  /// The encoding to use where uchardet names `guess`; windows-1252 where it names none.
  ///
  /// The rare Latin sets that it likes to see in short texts are nearly always windows-1252.
  package static func afterGuess(_ guess: String) -> String {
    switch guess.uppercased() {
    case "", "ISO-8859-1", "ISO-8859-3", "ISO-8859-4", "ISO-8859-10", "ISO-8859-13", "ISO-8859-15", "ISO-8859-16",
      "IBM852", "IBM865", "MAC-CENTRALEUROPE", "WINDOWS-1257", "WINDOWS-1252":
      "windows-1252"
    case "ASCII", "UTF-8": "UTF-8"
    case let other: canonical(other) ?? "windows-1252"
    }
  }

  private static func display(_ name: String) -> String {
    name.hasPrefix("iso") ? name.uppercased() : name
  }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
    case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: ":"), UInt8(ascii: "+"): true
    default: false
    }
  }

  private static let aliases: [String: String] = [
    "utf8": "UTF-8", "utf-8": "UTF-8", "unicode-1-1-utf-8": "UTF-8", "us-ascii": "UTF-8", "ascii": "UTF-8",
    "ansi_x3.4-1968": "UTF-8",
    "iso-8859-1": "windows-1252", "iso8859-1": "windows-1252", "iso_8859-1": "windows-1252",
    "iso88591": "windows-1252", "latin1": "windows-1252", "latin-1": "windows-1252", "l1": "windows-1252",
    "windows-1252": "windows-1252", "cp1252": "windows-1252", "ansi": "windows-1252",
    "latin2": "ISO-8859-2", "latin-2": "ISO-8859-2", "iso8859-2": "ISO-8859-2", "iso_8859-2": "ISO-8859-2",
    "iso-8859-9": "windows-1254", "iso8859-9": "windows-1254", "latin5": "windows-1254",
    "iso-8859-11": "windows-874", "tis-620": "windows-874", "windows-874": "windows-874", "cp874": "windows-874",
    "iso8859-15": "ISO-8859-15", "latin9": "ISO-8859-15", "latin-9": "ISO-8859-15",
    "iso8859-5": "ISO-8859-5", "iso8859-7": "ISO-8859-7", "iso-8859-8-i": "ISO-8859-8",
    "shift_jis": "CP932", "shift-jis": "CP932", "sjis": "CP932", "x-sjis": "CP932", "ms_kanji": "CP932",
    "windows-31j": "CP932", "cp932": "CP932", "ms932": "CP932",
    "euc-jp": "EUC-JP", "eucjp": "EUC-JP", "x-euc-jp": "EUC-JP", "iso-2022-jp": "ISO-2022-JP",
    "euc-kr": "CP949", "euckr": "CP949", "uhc": "CP949", "ks_c_5601-1987": "CP949", "cp949": "CP949",
    "windows-949": "CP949", "ms949": "CP949",
    "gb2312": "GB18030", "gbk": "GB18030", "gb18030": "GB18030", "cp936": "GB18030", "euc-cn": "GB18030",
    "x-gbk": "GB18030", "gb_2312-80": "GB18030", "windows-936": "GB18030", "hz-gb-2312": "HZ-GB-2312",
    "big5": "Big5", "big-5": "Big5", "cp950": "Big5", "big5-hkscs": "BIG5-HKSCS", "euc-tw": "EUC-TW",
    "koi8-r": "KOI8-R", "koi8r": "KOI8-R", "koi8-u": "KOI8-U",
    "cp866": "IBM866", "ibm866": "IBM866", "ibm855": "IBM855", "ibm852": "IBM852", "cp852": "IBM852",
    "ibm850": "IBM850", "cp850": "IBM850", "ibm437": "IBM437", "cp437": "IBM437",
    "mac-cyrillic": "MAC-CYRILLIC", "x-mac-cyrillic": "MAC-CYRILLIC", "macintosh": "MACINTOSH",
    "x-mac-roman": "MACINTOSH", "macroman": "MACINTOSH", "mac-roman": "MACINTOSH",
    "mac-centraleurope": "MAC-CENTRALEUROPE",
    "utf-16": "UTF-16", "utf16": "UTF-16", "unicode": "UTF-16", "ucs-2": "UTF-16", "iso-10646-ucs-2": "UTF-16",
    "utf-16le": "UTF-16LE", "utf-16be": "UTF-16BE", "utf-32": "UTF-32", "utf-32le": "UTF-32LE",
    "utf-32be": "UTF-32BE", "utf-7": "UTF-7",
  ]
}

extension StringProtocol {
  /// Without the `unwanted` characters at both ends.
  package func trimmed(of unwanted: String) -> String {
    var view = self[...]
    while let first = view.unicodeScalars.first, unwanted.unicodeScalars.contains(first) {
      view = view[view.unicodeScalars.index(after: view.startIndex)...]
    }
    while let last = view.unicodeScalars.last, unwanted.unicodeScalars.contains(last) {
      view = view[..<view.unicodeScalars.index(before: view.endIndex)]
    }
    return String(view)
  }
}
