import Glibc
import HeadraceExtraction
import Testing

/// Figures, one JSON line each: run by `ops/bench/extraction`.
@Suite(
  "Accuracy and speed", .serialized, .timeLimit(.minutes(30)),
  .enabled(if: ProseCorpus.folder != nil, "HEADRACE_BENCH_CORPUS is not set: run ops/bench/extraction"))
struct ExtractionBench {
  private let corpus: ProseCorpus

  init() throws { corpus = try #require(ProseCorpus()) }

  // MARK: Language

  @Test("Language at 200 characters")
  func language() {
    var confusion: [String: Int] = [:]
    var right = 0
    var all = 0
    for (tag, _) in corpus.languages {
      var rightHere = 0
      let samples = corpus.samples(of: tag, count: 200, scalars: 200)
      for sample in samples {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: sample.unicodeScalars.prefix(200))
        let found = LanguageDetector.detect(Array(String(text).utf8)).language
        if found == tag { rightHere += 1 } else { confusion["\(tag) taken for \(found)", default: 0] += 1 }
      }
      right += rightHere
      all += samples.count
      figure("language", ["of": tag, "right": "\(rightHere)", "samples": "\(samples.count)"])
    }
    table("language", confusion)
    figure(
      "language",
      [
        "characters": "200", "languages": "\(corpus.languages.count)", "percent": percent(right, all),
        "samples": "\(all)",
      ])
    #expect(Double(right) >= 0.97 * Double(all))
  }

  // MARK: Encoding

  private static let encodings: [(String, [String])] = [
    ("ca", ["CP1252"]), ("cs", ["CP1250", "ISO-8859-2"]), ("da", ["CP1252"]), ("de", ["CP1252"]),
    ("el", ["CP1253", "ISO-8859-7"]),
    ("en", ["CP1252"]), ("es", ["CP1252"]), ("fi", ["CP1252"]), ("fr", ["CP1252"]), ("hu", ["CP1250", "ISO-8859-2"]),
    ("id", ["CP1252"]),
    ("it", ["CP1252"]), ("ja", ["CP932", "EUC-JP", "ISO-2022-JP"]), ("ko", ["CP949"]), ("nb", ["CP1252"]),
    ("nl", ["CP1252"]),
    ("pl", ["CP1250", "ISO-8859-2"]), ("pt", ["CP1252"]), ("ru", ["CP1251", "KOI8-R", "IBM866", "ISO-8859-5"]),
    ("sv", ["CP1252"]),
    ("tr", ["CP1254"]), ("uk", ["CP1251", "KOI8-U"]), ("zh", ["GB18030"]), ("zh-Hant", ["BIG5"]),
  ]

  @Test("Encoding at 200 bytes")
  func encoding() {
    var confusion: [String: Int] = [:]
    var totals: [String: (right: Int, all: Int)] = [:]
    for (tag, old) in Self.encodings {
      let samples = corpus.samples(of: tag, count: 150, scalars: 220)
      for encoding in ["UTF-8", "UTF-16LE", "UTF-16BE"] + old {
        for sample in samples {
          guard let (text, bytes) = Self.cut(sample, to: 200, in: encoding) else { continue }
          let decoded = try? TextDecoder.decode(bytes, declared: nil, own: .none)
          let isRight = decoded.map { String(decoding: $0.utf8, as: UTF8.self) == text } ?? false
          totals[encoding, default: (0, 0)].all += 1
          if isRight {
            totals[encoding, default: (0, 0)].right += 1
          } else {
            confusion["\(encoding) (\(tag)) taken for \(decoded?.encoding ?? "nothing")", default: 0] += 1
          }
        }
      }
    }
    for (encoding, total) in totals.sorted(by: { $0.key < $1.key }) {
      figure("encoding", ["of": encoding, "percent": percent(total.right, total.all), "samples": "\(total.all)"])
    }
    table("encoding", confusion)
    let right = totals.values.reduce(0) { $0 + $1.right }
    let all = totals.values.reduce(0) { $0 + $1.all }
    figure("encoding", ["bytes": "200", "percent": percent(right, all), "samples": "\(all)"])
    #expect(Double(right) >= 0.99 * Double(all))
  }

  /// As much of `sample` as fits into so many bytes of `encoding`, and those; nil where it cannot be written in it, or holds
  /// nothing that tells (all ASCII).
  private static func cut(_ sample: String, to bytes: Int, in encoding: String) -> (String, [UInt8])? {
    var text = String.UnicodeScalarView()
    var result: [UInt8] = []
    for scalar in sample.unicodeScalars {
      var longer = text
      longer.append(scalar)
      let encoded = encoding == "UTF-8" ? Array(String(longer).utf8) : Samples.encoded(String(longer), as: encoding)
      // What the encoding has no character for is left away: quotation marks and dashes, mostly.
      guard !encoded.isEmpty else { continue }
      if encoded.count > bytes { break }
      text = longer
      result = encoded
    }
    guard result.count >= bytes / 2, !text.allSatisfy({ $0.isASCII }) || encoding.hasPrefix("UTF") else { return nil }
    return (String(text), result)
  }

  // MARK: Type

  /// Whole files by many writers, and what is no document, by their own names; those that tell by their bytes also without
  /// a name and under a wrong one.
  @Test("Type by bytes, name and declaration")
  func types() throws {
    let folder = (ProseCorpus.folder ?? "") + "/made"
    let list = try #require(Self.lines(of: folder + "/types.tsv"), "ops/bench/extraction makes it")
    var confusion: [String: Int] = [:]
    var right = 0
    var all = 0
    for line in list {
      let parts = line.split(separator: "\t").map(String.init)
      guard parts.count == 2, let bytes = Self.bytes(of: folder + "/" + parts[0]) else { continue }
      let tellsByItself = !["txt", "md", "csv", "json", "xml", "html", "eml"].contains(parts[1])
      for name in [parts[0]] + (tellsByItself ? [nil, "notes.txt"] : []) {
        let found = try TypeDetector.decide(bytes, name: name, declaredType: nil).type?.rawValue ?? "none"
        all += 1
        // A picture is known as one, and refused.
        if found == parts[1] || parts[1] == "none" && found == "image" {
          right += 1
        } else {
          confusion["\(parts[1]) (\(name ?? "no name"), \(parts[0])) taken for \(found)", default: 0] += 1
        }
      }
    }
    table("type", confusion)
    figure("type", ["files": "\(list.count)", "percent": percent(right, all), "samples": "\(all)"])
    #expect(all > 500 && Double(right) >= 0.99 * Double(all))
  }

  private static func lines(of path: String) -> [Substring]? {
    bytes(of: path).map { String(decoding: $0, as: UTF8.self).split(separator: "\n") }
  }

  private static func bytes(of path: String) -> [UInt8]? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var window = [UInt8](repeating: 0, count: 1 << 20)
    while case let count = fread(&window, 1, window.count, file), count > 0 { bytes += window[..<count] }
    return bytes
  }

  // MARK: Speed

  @Test("Text and Markdown of 10 KB in process")
  func text() async throws {
    let extractor = Extractor()
    for tag in ["en", "de", "ja"] {
      let bytes = Array(corpus.samples(of: tag, count: 1, scalars: 10_000)[0].utf8.prefix(10_240))
      _ = try await extractor.extract(bytes: bytes, name: "a.md")
      let times = try await measured(200) { _ = try await extractor.extract(bytes: bytes, name: "a.md") }
      figure("markdown-10KB", ["of": tag, "p50Ms": milliseconds(times[100]), "p99Ms": milliseconds(times[198])])
    }
  }

  @Test("HTML by the helper")
  func html() async throws {
    let page = corpus.samples(of: "de", count: 400, scalars: 400)
      .map { "<div class=\"row\"><h2>Part</h2><p>\($0)</p><ul><li><a href=\"x\">one</a></li></ul></div>" }.joined()
    let bytes = Array(
      ("<!doctype html><title>x</title>" + String(repeating: page, count: (30 << 20) / page.utf8.count)).utf8)
    let extractor = Extractor()
    let times = try await measured(3) { _ = try await extractor.extract(bytes: bytes, name: "a.html") }
    let rate = Double(bytes.count) / 1e6 / seconds(times[1])
    figure("html", ["megabytes": "\(bytes.count / 1_000_000)", "megabytesPerSecond": "\(Int(rate))"])
  }

  @Test("DOCX of 100 pages, with its process")
  func word() async throws {
    let body = corpus.samples(of: "en", count: 1000, scalars: 400)
      .map { Samples.paragraph($0.split(separator: "&").joined().split(separator: "<").joined()) }.joined()
    let bytes = Samples.docx(body: body)
    let extractor = Extractor()
    _ = try await extractor.extract(bytes: bytes)
    let times = try await measured(21) { _ = try await extractor.extract(bytes: bytes) }
    figure(
      "docx-100-pages",
      ["characters": "\(body.count)", "p50Ms": milliseconds(times[10]), "worstMs": milliseconds(times[20])])
  }

  @Test("PDF, over pdftotext's own time")
  func pdf() async throws {
    let path = "/usr/share/debian-reference/debian-reference.zh-tw.pdf"
    let file = (ProseCorpus.folder ?? "") + "/files" + path
    guard access(file, R_OK) == 0 else { return }
    let extractor = Extractor()
    let health = await extractor.prepare()
    let ours = try await measured(3) { _ = try await extractor.extract(file: file) }
    let plain = try await measured(3) { system("pdftotext -q -enc UTF-8 '\(file)' /dev/null") }
    figure(
      "pdf",
      ["isolation": health.isolation, "oursMs": milliseconds(ours[1]), "pdftotextMs": milliseconds(plain[1])])
    let small = Samples.pdf("One page with one line of text.")
    let few = try await measured(21) { _ = try await extractor.extract(bytes: small) }
    figure("pdf-1-page", ["p50Ms": milliseconds(few[10])])
  }

  @Test("Small documents through the pool")
  func pool() async throws {
    let extractor = Extractor()
    let document = Samples.docx(body: Samples.paragraph(Samples.german))
    _ = try await extractor.extract(bytes: document)
    let count = 200
    let started = ContinuousClock.now
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<count { group.addTask { _ = try await extractor.extract(bytes: document) } }
      try await group.waitForAll()
    }
    let rate = Double(count) / seconds(started.duration(to: .now))
    figure("docx-small", ["children": "\(extractor.configuration.children)", "perSecond": "\(Int(rate))"])
  }

  // MARK: Printing

  private func measured(_ count: Int, _ body: () async throws -> Void) async throws -> [Duration] {
    var times: [Duration] = []
    for _ in 0..<count {
      let started = ContinuousClock.now
      try await body()
      times.append(started.duration(to: .now))
    }
    return times.sorted()
  }

  private func seconds(_ time: Duration) -> Double {
    Double(time.components.seconds) + Double(time.components.attoseconds) / 1e18
  }

  private func milliseconds(_ time: Duration) -> String { "\((seconds(time) * 1e5).rounded() / 100)" }

  private func percent(_ right: Int, _ all: Int) -> String {
    all == 0 ? "0" : "\((Double(right) / Double(all) * 1e4).rounded() / 100)"
  }

  private func figure(_ name: String, _ values: [String: String]) {
    let members = values.sorted { $0.key < $1.key }.map { key, value in
      "\"\(key)\":\(Double(value) == nil ? "\"\(value)\"" : value)"
    }
    print("{\"case\":\"\(name)\",\(members.joined(separator: ","))}")
  }

  private func table(_ name: String, _ confusion: [String: Int]) {
    for (what, count) in confusion.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
      figure(name + "-confusion", ["what": what, "count": "\(count)"])
    }
  }
}
