/// Small documents for tests.
enum Samples {
  static let word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
  static let sheet = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
  static let relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
  static let drawing = "http://schemas.openxmlformats.org/drawingml/2006/main"

  static let german = """
    Der Müller mahlt das Korn zu Mehl, und der Bäcker backt daraus Brot. Über die Brücke führt ein schmaler Weg zum \
    Wehr, an dem das Wasser rauscht. Früher lebten hier viele Familien vom Holz und vom Fischfang.
    """
  static let russian = """
    Мельник мелет зерно в муку, а пекарь печёт из неё хлеб. Через мост ведёт узкая дорога к плотине, где шумит вода. \
    Раньше здесь многие семьи жили рыбной ловлей и лесом.
    """
  static let japanese = """
    水車は川の流れを受けて回り、粉をひく。橋を渡ると細い道が堰まで続いていて、水の音が聞こえる。\
    昔はこのあたりで多くの家族が漁と林業で暮らしていた。
    """

  /// A DOCX whose main part is `main`, with what else is asked for.
  static func docx(body: String, extra: [(String, String)] = [], main: String = "word/document.xml") -> [UInt8] {
    var zip = ZipBuilder()
    office(&zip, main: main, media: "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml")
    zip.add(main, "<?xml version=\"1.0\"?><w:document xmlns:w=\"\(word)\"><w:body>\(body)</w:body></w:document>")
    for (name, text) in extra { zip.add(name, text) }
    return zip.file()
  }

  static func paragraph(_ text: String, style: String? = nil) -> String {
    let properties = style.map { "<w:pPr><w:pStyle w:val=\"\($0)\"/></w:pPr>" } ?? ""
    return "<w:p>\(properties)<w:r><w:t>\(text)</w:t></w:r></w:p>"
  }

  static func office(_ zip: inout ZipBuilder, main: String, media: String) {
    zip.add(
      "[Content_Types].xml",
      """
      <Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" \
      ContentType="application/xml"/><Override PartName="/\(main)" ContentType="\(media)"/></Types>
      """)
    zip.add("_rels/.rels", relationships([("rId1", "officeDocument", main)]))
  }

  static func relationships(_ all: [(id: String, kind: String, target: String)]) -> String {
    let list = all.map { "<Relationship Id=\"\($0.id)\" Type=\"\(relations)/\($0.kind)\" Target=\"\($0.target)\"/>" }
    return """
      <Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">\(list.joined())</Relationships>
      """
  }

  /// An OpenDocument file of the kind `media`.
  static func openDocument(_ media: String, body: String, manifest: String = "<manifest/>") -> [UInt8] {
    var zip = ZipBuilder()
    zip.add("mimetype", "application/vnd.oasis.opendocument.\(media)")
    zip.add("META-INF/manifest.xml", manifest)
    zip.add(
      "content.xml",
      """
      <office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" \
      xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" \
      xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" \
      xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" \
      xmlns:presentation="urn:oasis:names:tc:opendocument:xmlns:presentation:1.0" \
      xmlns:dc="http://purl.org/dc/elements/1.1/"><office:body>\(body)</office:body></office:document-content>
      """)
    zip.add(
      "meta.xml",
      """
      <office:document-meta xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" \
      xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0" xmlns:dc="http://purl.org/dc/elements/1.1/">\
      <office:meta><dc:title>A title</dc:title><meta:initial-creator>Ada</meta:initial-creator>\
      <meta:creation-date>2024-05-06T07:08:09</meta:creation-date></office:meta></office:document-meta>
      """)
    return zip.file()
  }

  /// A PDF of one page with `text` on it, uncompressed; without a font where `text` is nil.
  static func pdf(_ text: String?) -> [UInt8] {
    let content = text.map { "BT /F1 12 Tf 72 700 Td (\($0)) Tj ET" } ?? ""
    let objects = [
      "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
      "<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
      "<</Length \(content.utf8.count)>>stream\n\(content)\nendstream",
      "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>", "<</Title(A title)/Author(Ada)>>",
    ]
    var file = "%PDF-1.4\n"
    var offsets: [Int] = []
    for (index, object) in objects.enumerated() {
      offsets.append(file.utf8.count)
      file += "\(index + 1) 0 obj\(object)endobj\n"
    }
    let start = file.utf8.count
    file += "xref\n0 \(objects.count + 1)\n0000000000 65535 f \n"
    for offset in offsets {
      let digits = String(offset)
      file += String(repeating: "0", count: 10 - digits.count) + digits + " 00000 n \n"
    }
    file += "trailer<</Size \(objects.count + 1)/Root 1 0 R/Info 6 0 R>>\nstartxref\n\(start)\n%%EOF\n"
    return Array(file.utf8)
  }

  /// Text in another encoding, by iconv's name.
  static func encoded(_ text: String, as encoding: String) -> [UInt8] {
    switch encoding {
    case "UTF-16LE": text.utf16.flatMap { [UInt8($0 & 0xff), UInt8($0 >> 8)] }
    case "UTF-16BE": text.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xff)] }
    case "UTF-32LE":
      text.unicodeScalars.flatMap { scalar in
        (0..<4).map { UInt8(truncatingIfNeeded: scalar.value >> (8 * UInt32($0))) }
      }
    default: TestEncoder.encode(text, as: encoding)
    }
  }
}
