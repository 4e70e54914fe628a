import Glibc
import HeadraceExtraction
import Testing

/// Pictures of text: a page painted by `pdftoppm`, as a scanner would hand it over.
@Suite(
  "Optical recognition", .timeLimit(.minutes(5)),
  .enabled(
    if: access("/usr/bin/tesseract", X_OK) == 0 && access("/usr/bin/pdftoppm", X_OK) == 0,
    "tesseract-ocr or poppler-utils is not installed: ops/setup --tests"))
struct RecognitionTests {
  private static let words = "Lighthouse keepers write the weather down"

  @Test("Off, a scan is refused with the way to switch it on")
  func off() async throws {
    let scan = await failure(of: try Self.scan(Self.painted("-gray")), Extractor())
    #expect(scan?.reason == "no_text_layer")
    #expect(scan?.detail.contains("Optical recognition is off") == true && scan?.isFinal == true)
    let image = await failure(of: try Self.painted("-png"), Extractor())
    #expect(image?.reason == "unsupported_type" && image?.findings?.type == .image)
    #expect(image?.detail.contains("optical recognition") == true)
  }

  @Test("On, a scan and a picture become text, with the pages' positions")
  func on() async throws {
    var configuration = ExtractorConfiguration()
    configuration.opticalRecognition = OpticalRecognition(languages: ["eng"])
    let extractor = Extractor(configuration: configuration)
    let document = try await extractor.extract(bytes: Self.scan(Self.painted("-gray")), name: "scan.pdf")
    #expect(document.type == .pdf && document.pages == 1)
    #expect(document.text.contains(Self.words), "\(document.text.prefix(200))")
    #expect(document.positions.map(\.kind) == [.page])
    let image = try await extractor.extract(bytes: Self.painted("-png"))
    #expect(image.type == .image && image.text.contains(Self.words))
    // What has text is not recognised, but read.
    let plain = try await extractor.extract(bytes: Samples.pdf("Words of its own, in plain text."))
    #expect(plain.text.contains("Words of its own"))
  }

  private func failure(of bytes: [UInt8], _ extractor: Extractor) async -> ExtractionFailure? {
    do {
      _ = try await extractor.extract(bytes: bytes)
      return nil
    } catch {
      return error as? ExtractionFailure
    }
  }

  /// A page with the words on it as a picture: `-gray` for PGM, `-png`.
  private static func painted(_ format: String) throws -> [UInt8] {
    var template = Array("/tmp/headrace-scan-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    try #require(descriptor >= 0)
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer { unlink(path) }
    let page = Samples.pdf(words)
    #expect(write(descriptor, page, page.count) == page.count)
    close(descriptor)
    let pipe = try #require(popen("pdftoppm -r 100 \(format) '\(path)'", "r"))
    var picture: [UInt8] = []
    var window = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = fread(&window, 1, window.count, pipe), count > 0 { picture += window[..<count] }
    #expect(pclose(pipe) == 0)
    return picture
  }

  /// A PDF of one page with nothing but the picture on it.
  private static func scan(_ picture: [UInt8]) throws -> [UInt8] {
    // "P5", width, height, the most of a pixel; then the pixels.
    let head = picture.prefix(100).split(maxSplits: 4, whereSeparator: { $0 == 0x0a || $0 == 0x20 })
    try #require(head.count == 5)
    let (width, height) = (String(decoding: head[1], as: UTF8.self), String(decoding: head[2], as: UTF8.self))
    let pixels = picture[head[4].startIndex...]
    let content = "q 612 0 0 792 0 0 cm /I Do Q"
    var file = Array("%PDF-1.4\n".utf8)
    var offsets: [Int] = []
    let objects: [[UInt8]] = [
      Array("<</Type/Catalog/Pages 2 0 R>>".utf8), Array("<</Type/Pages/Kids[3 0 R]/Count 1>>".utf8),
      Array("<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</XObject<</I 5 0 R>>>>>>".utf8),
      Array("<</Length \(content.utf8.count)>>stream\n\(content)\nendstream".utf8),
      Array(
        """
        <</Type/XObject/Subtype/Image/Width \(width)/Height \(height)/ColorSpace/DeviceGray/BitsPerComponent 8\
        /Length \(pixels.count)>>stream

        """.utf8) + pixels + Array("\nendstream".utf8),
    ]
    for (index, object) in objects.enumerated() {
      offsets.append(file.count)
      file += Array("\(index + 1) 0 obj".utf8) + object + Array("endobj\n".utf8)
    }
    let start = file.count
    file += Array("xref\n0 \(objects.count + 1)\n0000000000 65535 f \n".utf8)
    for offset in offsets {
      let digits = String(offset)
      file += Array((String(repeating: "0", count: 10 - digits.count) + digits + " 00000 n \n").utf8)
    }
    return file + Array("trailer<</Size \(objects.count + 1)/Root 1 0 R>>\nstartxref\n\(start)\n%%EOF\n".utf8)
  }
}
