import HeadraceExtraction
import Testing

@Suite("Encoding", .timeLimit(.minutes(1)))
struct EncodingTests {
  @Test(
    "Without a word from anybody",
    arguments: [
      ("UTF-8", Samples.german, "UTF-8"), ("UTF-8", Samples.japanese, "UTF-8"),
      ("UTF-16LE", Samples.german, "UTF-16LE"), ("UTF-16BE", Samples.german, "UTF-16BE"),
      ("UTF-16LE", Samples.japanese, "UTF-16LE"), ("UTF-16BE", Samples.russian, "UTF-16BE"),
      ("UTF-32LE", Samples.german, "UTF-32LE"),
      ("CP1252", Samples.german, "windows-1252"), ("CP1251", Samples.russian, "windows-1251"),
      ("KOI8-R", Samples.russian, "KOI8-R"), ("CP932", Samples.japanese, "CP932"),
      ("EUC-JP", Samples.japanese, "EUC-JP"), ("ISO-2022-JP", Samples.japanese, "ISO-2022-JP"),
    ])
  func isTold(_ encoding: String, _ text: String, _ expected: String) throws {
    let bytes = encoding == "UTF-8" ? Array(text.utf8) : Samples.encoded(text, as: encoding)
    let decoded = try TextDecoder.decode(bytes, declared: nil, own: .none)
    #expect(decoded.encoding == expected)
    #expect(String(decoding: decoded.utf8, as: UTF8.self) == text)
    #expect(decoded.scalars == text.unicodeScalars.count)
    #expect(decoded.isContent == (encoding == "UTF-8"))
  }

  @Test("UTF-16 without a mark of a script that has no spaces", arguments: ["UTF-16LE", "UTF-16BE"])
  func thai(_ encoding: String) throws {
    let text = "ผู้เฝ้าประภาคารเดินขึ้นบันไดแคบทุกเย็นจุดตะเกียงแล้วจดสภาพอากาศของวันนั้นลงในสมุดบันทึก"
    let decoded = try TextDecoder.decode(Samples.encoded(text, as: encoding), declared: nil, own: .none)
    #expect(decoded.encoding == encoding && String(decoding: decoded.utf8, as: UTF8.self) == text)
    // Sound and pictures have no alphabet.
    let wave = (0..<4000).flatMap { [UInt8(truncatingIfNeeded: $0 &* 37), UInt8(truncatingIfNeeded: $0 / 300)] }
    #expect(UTF16Check.order(of: wave) == nil)
  }

  @Test("An accent as the last byte of all is Latin, and a character cut in two is dropped")
  func lastByte() throws {
    let read = { (bytes: [UInt8]) in
      String(decoding: try TextDecoder.decode(bytes, declared: nil, own: .none).utf8, as: UTF8.self)
    }
    #expect(try read(Array("A small caf".utf8) + [0xe9]) == "A small café")
    #expect(try read([0xe9]) == "é")
    #expect(try read(Array("Käse und caf".utf8) + [0xc3]) == "Käse und caf")
    #expect(try read(Array("水車は川".utf8.dropLast())) == "水車は")
  }

  @Test("A mark wins over everything and is no part of the text")
  func byteOrderMarks() throws {
    let utf8 = try TextDecoder.decode([0xef, 0xbb, 0xbf] + Array("ä".utf8), declared: "windows-1252", own: .none)
    #expect(String(decoding: utf8.utf8, as: UTF8.self) == "ä" && utf8.encoding == "UTF-8" && !utf8.isContent)
    let utf16 = try TextDecoder.decode(
      [0xfe, 0xff] + Samples.encoded("ä\nb", as: "UTF-16BE"), declared: nil, own: .none)
    #expect(String(decoding: utf16.utf8, as: UTF8.self) == "ä\nb")
  }

  @Test("A declared charset counts where it decodes strictly, and only there")
  func declared() throws {
    let latin = Samples.encoded(Samples.german, as: "CP1252")
    let mac = Samples.encoded(Samples.german, as: "MACINTOSH")
    #expect(try TextDecoder.decode(mac, declared: "macintosh", own: .none).encoding == "MACINTOSH")
    #expect(try TextDecoder.decode(latin, declared: "utf-8", own: .none).encoding == "windows-1252")
    #expect(try TextDecoder.decode(latin, declared: "no-such-charset", own: .none).encoding == "windows-1252")
    #expect(try TextDecoder.decode(latin, declared: "ISO-8859-1", own: .none).encoding == "windows-1252")
    // ASCII that somebody calls UTF-16 is not made into Chinese.
    #expect(try TextDecoder.decode(Array("plain words".utf8), declared: "utf-16", own: .none).encoding == "UTF-8")
  }

  @Test(
    "What a document says of itself",
    arguments: [
      ("<meta charset=windows-1251>", TextDecoder.OwnDeclaration.html, "windows-1251"),
      ("<META http-equiv='Content-Type' content='text/html; charset=koi8-r'>", .html, "KOI8-R"),
      ("<?xml version='1.0' encoding='windows-1251'?>", .xml, "windows-1251"),
      ("<meta charset=utf-16>", .html, "windows-1251"),
      ("<meta charset=koi8-r>", .none, "windows-1251"),
    ])
  func ownDeclaration(_ start: String, _ own: TextDecoder.OwnDeclaration, _ expected: String) throws {
    let encoding = expected == "KOI8-R" ? "KOI8-R" : "CP1251"
    let bytes = Array(start.utf8) + Samples.encoded(Samples.russian, as: encoding)
    let decoded = try TextDecoder.decode(bytes, declared: nil, own: own)
    #expect(decoded.encoding == expected)
    #expect(String(decoding: decoded.utf8, as: UTF8.self) == start + Samples.russian)
  }

  @Test("A character cut in two at the end is dropped, and the rest is fine")
  func cutAtTheEnd() throws {
    let decoded = try TextDecoder.decode(Array(Array(Samples.japanese.utf8).dropLast()), declared: nil, own: .none)
    #expect(decoded.encoding == "UTF-8" && decoded.replaced == 0)
    #expect(String(decoding: decoded.utf8, as: UTF8.self) == String(Samples.japanese.dropLast()))
  }

  @Test("UTF-8 with a little damage stays UTF-8")
  func slightDamage() throws {
    var bytes = Array(String(repeating: Samples.japanese, count: 5).utf8)
    bytes[300] = 0xff
    let decoded = try TextDecoder.decode(bytes, declared: nil, own: .none)
    #expect(decoded.encoding == "UTF-8")
    #expect(decoded.replaced > 0)
  }

  @Test("Text that no encoding fits is refused")
  func undecodable() {
    let bytes = (0..<2000).map { UInt8(0x80 + ($0 * 7919 % 128)) }
    let marked = [0xef, 0xbb, 0xbf] + bytes
    #expect(throws: ExtractionFailure.self) { try TextDecoder.decode(marked, declared: nil, own: .none) }
  }

  @Test("The strict look at UTF-8 agrees with the standard library")
  func agreesWithStandardLibrary() {
    var random = Random(seed: 7)
    let pieces: [[UInt8]] = [
      [0x41], [0xc3, 0xa4], [0xe2, 0x82, 0xac], [0xf0, 0x9f, 0x98, 0x80], [0xc0, 0x80], [0xed, 0xa0, 0x80],
      [0xf4, 0x90, 0x80, 0x80],
      [0x80], [0xff], [0xe2, 0x82], [0xf0, 0x9f], [0xc3], [0xe0, 0x80, 0x80], [0xf5, 0x80, 0x80, 0x80],
    ]
    for _ in 0..<20_000 {
      var bytes: [UInt8] = []
      for _ in 0..<Int(random.next() % 6) { bytes += pieces[Int(random.next() % UInt64(pieces.count))] }
      let check = UTF8Check(bytes)
      let isValid = String(validating: bytes, as: UTF8.self) != nil
      if check.isCut {
        #expect(!isValid && String(validating: bytes[..<check.validPrefix], as: UTF8.self) != nil)
      } else {
        #expect(check.isValid == isValid, "\(bytes)")
      }
      let prefix = String(validating: bytes[..<check.validPrefix], as: UTF8.self)
      #expect(prefix?.unicodeScalars.count == check.scalars)
    }
  }

  @Test("Eight-bit text is never taken for UTF-16")
  func noFalseUTF16() {
    for encoding in ["CP1252", "CP1251", "KOI8-R", "CP932", "EUC-JP"] {
      for text in [Samples.german, Samples.russian, Samples.japanese] {
        let bytes = Samples.encoded(text, as: encoding)
        #expect(UTF16Check.order(of: bytes) == nil)
      }
    }
  }
}
