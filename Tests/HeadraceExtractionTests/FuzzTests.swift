import Glibc
import HeadraceExtraction
import Testing

/// Mutated documents against the readers that run in this process, where a crash would be seen. Two seconds each here; ten
/// minutes each by `ops/soak/extraction-fuzz`.
@Suite("Fuzzing", .timeLimit(.minutes(60)))
struct FuzzTests {
  private static let seconds = getenv("HEADRACE_SOAK_FUZZ_SECONDS").flatMap { Int(String(cString: $0)) } ?? 2

  @Test("Zip directories")
  func zip() throws {
    var zip = ZipBuilder()
    zip.add("mimetype", "application/epub+zip")
    zip.addBomb("b", prefix: "abc", byte: 0x41, count: 4096, suffix: "xyz")
    let seeds = [zip.file(), Samples.docx(body: Samples.paragraph("x")), Samples.openDocument("text", body: "")]
    fuzz(seeds) { bytes in
      guard var reader = try? ZipReader(bytes, maximumBytes: 1 << 20, maximumPartBytes: 1 << 18, maximumEntries: 1000)
      else {
        return
      }
      for entry in reader.directory.entries { _ = try? reader.part(entry) }
    }
  }

  @Test("RTF")
  func richText() {
    let seeds = [
      #"{\rtf1\ansi\ansicpg932{\fonttbl{\f0\fcharset128 A;}}{\info{\title x}}\f0 \'93\'fa\u26085?\uc2\u-10179??\par\bin3 abc}"#,
      #"{\rtf1{\upr{a}{\*\ud b}}{\field{\*\fldinst x}{\fldrslt y}}\v x\v0 {\*\shpinst{\shptxt z}}\cell\row\'}"#,
    ].map { Array($0.utf8) }
    fuzz(seeds) { _ = InProcess.read($0, as: .rtf) }
  }

  @Test("Type rules")
  func types() throws {
    let seeds = (TypeRuleTests.texts + TypeRuleTests.bytes).map(\.bytes)
    let names = [nil, "a.txt", "a.md", "a.html", "a.", ".x", "a.docx"]
    var random = Random(seed: 11)
    fuzz(seeds) { bytes in
      _ = try? TypeDetector.decide(
        bytes, name: names[random.below(names.count)], declaredType: random.below(2) == 0 ? nil : "text/html;;=;charset"
      )
    }
  }

  @Test("UTF-16 and the other encodings")
  func encodings() {
    let seeds = ["UTF-16LE", "UTF-16BE", "UTF-32LE", "CP1252", "CP932", "ISO-2022-JP"].flatMap { encoding in
      [Samples.german, Samples.japanese].map { Samples.encoded($0, as: encoding) }
    }
    fuzz(seeds) { bytes in
      guard let text = try? TextDecoder.decode(bytes, declared: nil, own: .html) else { return }
      #expect(UTF8Check(text.utf8).validPrefix == text.utf8.count)
    }
  }

  @Test("HTML, Office, OpenDocument, books, mail")
  func formats() {
    let html = Array(
      "<!doctype html><title>x</title><script>a<b</script><p a='b>' c=\"d\">x<!-- - -->&amp;&#xe4;<table><td>y".utf8)
    let mail = Array(
      "From: a@b\nSubject: =?utf-8?q?=C3=A4?=\nContent-Type: multipart/mixed; boundary=B\n\n--B\n\nx\n--B--\n".utf8)
    fuzz([html]) { _ = InProcess.read($0, as: .html) }
    fuzz([mail]) { _ = InProcess.read($0, as: .mail) }
    fuzz([Samples.docx(body: Samples.paragraph("x", style: "Heading1"))]) { _ = InProcess.read($0, as: .word) }
    fuzz([Samples.openDocument("text", body: "<text:h>a</text:h>")]) { _ = InProcess.read($0, as: .openDocumentText) }
  }

  private func fuzz(_ seeds: [[UInt8]], _ body: ([UInt8]) -> Void) {
    var random = Random(seed: UInt64(Self.seconds))
    let deadline = ContinuousClock.now + .seconds(Self.seconds)
    var worst = Duration.zero
    while ContinuousClock.now < deadline {
      let bytes = Self.mutated(seeds, &random)
      let started = ContinuousClock.now
      body(bytes)
      worst = max(worst, started.duration(to: .now))
    }
    // Nothing of a few kilobytes takes long, on a busy machine either.
    #expect(worst < .seconds(20))
  }

  private static let telling: [UInt8] = [
    0, 1, 0x7f, 0x80, 0xff, 0x5c, 0x7b, 0x7d, 0x50, 0x4b, 0x3c, 0x26, 0xd8, 0xdc, 0xfe,
  ]

  private static func mutated(_ seeds: [[UInt8]], _ random: inout Random) -> [UInt8] {
    var bytes = seeds[random.below(seeds.count)]
    for _ in 0...random.below(8) where !bytes.isEmpty {
      let place = random.below(bytes.count)
      switch random.below(8) {
      case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
      case 1: bytes[place] = telling[random.below(telling.count)]
      case 2: bytes[place] ^= 1 << UInt8(random.below(8))
      case 3: bytes.removeSubrange(place..<min(bytes.count, place + 1 + random.below(16)))
      case 4: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + random.below(64))], at: place)
      case 5:
        for offset in 0..<min(4, bytes.count - place) { bytes[place + offset] = random.below(2) == 0 ? 0xff : 0 }
      case 6: bytes.removeLast(random.below(min(bytes.count, 64)))
      default:
        let other = seeds[random.below(seeds.count)]
        bytes.insert(contentsOf: other.prefix(random.below(other.count)), at: place)
      }
    }
    return bytes
  }
}
