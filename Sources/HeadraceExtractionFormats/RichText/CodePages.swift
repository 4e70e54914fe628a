internal import HeadraceExtraction

/// The code pages of RTF.
enum CodePages {
  /// By the number of a code page, as `\ansicpg` and `\cpg` have it.
  static func name(ofPage number: Int) -> String? {
    switch number {
    case 1250...1258: "windows-\(number)"
    case 874: "windows-874"
    case 932: "CP932"
    case 936: "GB18030"
    case 949: "CP949"
    case 950: "Big5"
    case 437, 850, 852, 855, 857, 860...866, 869: "IBM\(number)"
    case 10000: "MACINTOSH"
    case 10007: "MAC-CYRILLIC"
    case 1361: "JOHAB"
    case 65001: "UTF-8"
    default: nil
    }
  }

  /// By the number of a font's charset; nil for the document's own, and for symbols.
  static func name(ofCharset number: Int) -> String? {
    switch number {
    case 0: ansi
    case 77: "MACINTOSH"
    case 128: "CP932"
    case 129: "CP949"
    case 130: "JOHAB"
    case 134: "GB18030"
    case 136: "Big5"
    case 161: "windows-1253"
    case 162: "windows-1254"
    case 163: "windows-1258"
    case 177: "windows-1255"
    case 178, 179, 180: "windows-1256"
    case 186: "windows-1257"
    case 204: "windows-1251"
    case 222: "windows-874"
    case 238: "windows-1250"
    case 254: "IBM437"
    case 255: "IBM850"
    default: nil
    }
  }

  /// The charset called ANSI: writers mean the document's code page by it where that has one byte a character.
  static let ansi = "ansi"

  private static let wide: Set<String> = ["CP932", "CP949", "GB18030", "Big5", "JOHAB"]

  /// Bytes of a run, by its font's code page, else by the document's.
  static func decode(_ bytes: [UInt8], font: String?, document: String) -> String {
    if bytes.allSatisfy({ $0 < 0x80 }) { return String(decoding: bytes, as: UTF8.self) }
    for page in pages(font, document) {
      if let result = IconvDecoder.decode(bytes, as: page, strictly: true) {
        return String(decoding: result.bytes, as: UTF8.self)
      }
    }
    let result = IconvDecoder.decode(bytes, as: pages(font, document)[0], strictly: false)
    return String(decoding: result?.bytes ?? [], as: UTF8.self)
  }

  private static func pages(_ font: String?, _ document: String) -> [String] {
    guard let font, font != ansi else { return [document, "windows-1252"] }
    return [font, document, "windows-1252"]
  }
}
