import Glibc
import HeadraceCore
import HeadraceExtraction
import Testing

@Suite("The extractor with real children", .timeLimit(.minutes(2)))
struct ExtractorTests {
  private let extractor = Extractor()

  @Test("Its health says what it found")
  func health() async {
    #expect(extractor.health == nil)
    let health = await extractor.prepare()
    #expect(health.isHealthy, "\(health.notes)")
    #expect(["bubblewrap", "limits"].contains(health.isolation))
    #expect(extractor.health == health)
  }

  @Test("Text stays in this process and is told to be the content itself")
  func text() async throws {
    let document = try await extractor.extract(bytes: Array(Samples.german.utf8), name: "a.md")
    #expect(document.type == .markdown && document.rule == .name && document.encoding == "UTF-8")
    #expect(document.text == Samples.german && document.textIsContent)
    #expect(document.language == "de" && document.characters == Samples.german.unicodeScalars.count)
    #expect(document.limits.isolation == "in-process" && document.limits.memoryBytes == nil)
    let declared = try await extractor.extract(
      bytes: Samples.encoded(Samples.german, as: "MACINTOSH"), declaredType: "text/plain; charset=macintosh",
      language: "de-CH")
    #expect(declared.text == Samples.german && declared.language == "de-CH" && !declared.textIsContent)
  }

  @Test("Every format with a reader, by the helper")
  func formats() async throws {
    let html = "<title>T</title><p>\(Samples.german)".utf8
    let documents: [(DocumentType, [UInt8])] = [
      (.html, Samples.encoded(String(decoding: html, as: UTF8.self), as: "CP1252")),
      (.word, Samples.docx(body: Samples.paragraph(Samples.german))),
      (.openDocumentText, Samples.openDocument("text", body: "<text:p>\(Samples.german)</text:p>")),
      (.rtf, Array("{\\rtf1 Der Bach rauscht}".utf8)),
      (.mail, Array("From: a@b\nSubject: x\n\n\(Samples.german)".utf8)),
    ]
    for (type, bytes) in documents {
      let document = try await extractor.extract(bytes: bytes, name: type == .html ? "a.html" : nil)
      #expect(document.type == type)
      #expect(document.text.contains(type == .rtf ? "rauscht" : Samples.german), "\(type)")
      #expect(
        document.limits.memoryBytes == 1 << 30 && document.limits.cpuSeconds == 30 && document.limits.wallSeconds == 60)
    }
  }

  @Test("PDF: text, pages, title", .enabled(if: access("/usr/bin/pdftotext", X_OK) == 0, "poppler-utils is missing"))
  func pdf() async throws {
    let document = try await extractor.extract(bytes: Samples.pdf("Words on a page of a document."), name: "x.bin")
    #expect(document.text.contains("Words on a page of a document."))
    #expect(document.title == "A title" && document.author == "Ada" && document.pages == 1)
    #expect(document.positions == [TextPosition(kind: .page, number: 1, start: 0, end: document.characters)])
    await expect("empty", Samples.pdf(nil))
    await expect("corrupt", Array(Samples.pdf("x").prefix(300)))
    await expect("corrupt", Array("%PDF-1.7\n".utf8) + (0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
  }

  @Test("Failures that are told without a child, and by the helper")
  func failures() async {
    await expect("empty", [])
    await expect("empty", Array(" \n\t \u{feff}".utf8))
    await expect("unsupported_type", [UInt8](repeating: 0, count: 1000))
    await expect("empty", Array("<html><script>x</script></html>".utf8))
    await expect("corrupt", Array("{\\rtf1 cut".utf8))
    await expect("corrupt", Array(Samples.docx(body: "").dropLast(40)))
    await expect("corrupt", Samples.docx(body: "<unclosed>"))
    var limits = ExtractorConfiguration()
    limits.limits.maximumInputBytes = 10
    limits.limits.maximumOutputBytes = 1000
    await expect("too_large", Array("more than ten bytes".utf8), Extractor(configuration: limits))
  }

  @Test("A failure says what was known by then, and whom it concerns")
  func findings() async throws {
    let failure = await failure(of: Samples.docx(body: "<unclosed>"), name: "a.pdf", extractor)
    #expect(failure?.findings?.type == .word && failure?.findings?.rule == .zipDirectory)
    #expect(failure?.findings?.nameType == "application/pdf")
    #expect(failure?.failureClass == .content && failure?.isFinal == true)
  }

  @Test("Without the helper text is read, and the rest is a matter of configuration")
  func unavailable() async throws {
    var configuration = ExtractorConfiguration()
    configuration.executable = "/no/such/program"
    let lame = Extractor(configuration: configuration)
    #expect(try await lame.extract(bytes: Array("words".utf8)).text == "words")
    let failure = await failure(of: Array("{\\rtf1 x}".utf8), name: nil, lame)
    #expect(failure?.reason == "unavailable" && failure?.failureClass == .configuration)
    #expect(await lame.prepare().isHealthy == false)
  }

  @Test("Files: read from disk; what is no file is said to be none")
  func files() async throws {
    let folder = try FakeHelper()
    let path = folder.path + ".rtf"
    let file = try #require(fopen(path, "w"))
    fputs("{\\rtf1 from a file}", file)
    fclose(file)
    defer { unlink(path) }
    #expect(try await extractor.extract(file: path).text == "from a file")
    for other in ["/no/such/file", "/tmp", "/dev/zero"] {
      await #expect(throws: ExtractionFailure.self) { try await extractor.extract(file: other) }
    }
  }

  @Test("The command's JSON has its fields in their order")
  func report() async throws {
    let folder = try FakeHelper()
    let report = try await ExtractionReport.make(file: folder.path, extractor: extractor)
    let fields = [
      "type", "rule", "encoding", "language", "languages", "title", "author", "pages", "characters", "positions",
      "text",
      "limits", "error",
    ]
    var position = report.json.startIndex
    for field in fields {
      let found = try #require(report.json[position...].firstRange(of: "\"\(field)\":"), "\(field)")
      position = found.upperBound
    }
    #expect(report.json.hasPrefix("{\"type\":\"txt\",\"rule\":\"text\",\"encoding\":\"UTF-8\""))
    #expect(report.json.hasSuffix("\"error\":null}"))
    let failed = try await ExtractionReport.make(file: "/no/such/file", extractor: extractor)
    #expect(failed.json.contains("\"error\":{\"reason\":\"unreadable\",\"title\":\""))
    #expect(failed.complaint?.hasPrefix("/no/such/file: ") == true)
  }

  private func expect(_ reason: String, _ bytes: [UInt8], _ other: Extractor? = nil) async {
    let failure = await failure(of: bytes, name: nil, other ?? extractor)
    #expect(failure?.reason == reason, "\(failure.map(String.init(describing:)) ?? "no failure")")
  }

  private func failure(of bytes: [UInt8], name: String?, _ extractor: Extractor) async -> ExtractionFailure? {
    do {
      _ = try await extractor.extract(bytes: bytes, name: name)
      return nil
    } catch {
      return error as? ExtractionFailure
    }
  }
}
