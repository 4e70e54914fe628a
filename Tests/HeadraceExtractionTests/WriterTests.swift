import Glibc
import HeadraceExtraction
import Testing

/// Documents by the writers that people use, and hostile ones: `ops/corpus/make.py` makes them and says what each must be.
@Suite(
  "A corpus of real and hostile documents", .timeLimit(.minutes(5)),
  .enabled(if: PythonTool.path != nil, "no Python with python-docx and the others: ops/setup --tests"))
struct WriterTests {
  @Test("Every document becomes the right text or the right failure")
  func corpus() async throws {
    let folder = try PythonTool.makeCorpus()
    defer { PythonTool.remove(folder.path) }
    let extractor = Extractor()
    #expect(folder.expectations.count > 80)
    await withTaskGroup(of: Void.self) { group in
      for expectation in folder.expectations {
        group.addTask { await Self.check(expectation, in: folder.path, extractor) }
      }
    }
  }

  private static func check(_ expected: PythonTool.Expectation, in folder: String, _ extractor: Extractor) async {
    let started = ContinuousClock.now
    do {
      let document = try await extractor.extract(file: folder + "/" + expected.name)
      #expect(document.type.rawValue == expected.type, "\(expected.name)")
      let isThere = document.text.split(whereSeparator: \.isWhitespace).joined(separator: " ").contains(expected.piece)
      #expect(isThere, "\(expected.name) (\(document.encoding)): \(document.text.prefix(200))")
    } catch let failure as ExtractionFailure {
      #expect("!" + failure.reason == expected.type, "\(expected.name): \(failure)")
    } catch {
      Issue.record("\(expected.name): \(error)")
    }
    #expect(started.duration(to: .now) < .seconds(200), "\(expected.name)")
  }
}

/// Runs the corpus maker.
enum PythonTool {
  struct Expectation: Sendable {
    var name: String
    var type: String
    var piece: String
  }

  /// This checkout.
  static let root = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }

  /// A Python that has the writers; nil where there is none.
  static let path: String? = {
    let configured = getenv("HEADRACE_TEST_PYTHON").map { String(cString: $0) }
    for python in [configured, root + "/.venv/bin/python"].compactMap({ $0 }) where access(python, X_OK) == 0 {
      if system("'\(python)' -c 'import docx,openpyxl,xlsxwriter,pptx,odf,ebooklib,fpdf,reportlab' 2>/dev/null") == 0 {
        return python
      }
    }
    return nil
  }()

  static func makeCorpus() throws -> (path: String, expectations: [Expectation]) {
    var template = Array("/tmp/headrace-corpus-XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    chmod(folder, 0o755)
    let pipe = try #require(popen("'\(path ?? "")' '\(root)/ops/corpus/make.py' '\(folder)'", "r"))
    var output: [UInt8] = []
    var window = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = fread(&window, 1, window.count, pipe), count > 0 { output += window[..<count] }
    #expect(pclose(pipe) == 0)
    let expectations = String(decoding: output, as: UTF8.self).split(separator: "\n").map { line in
      let parts = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      let piece = (parts.count > 2 ? parts[2] : "").split(separator: "\\t").joined(separator: " ")
      return Expectation(name: parts[0], type: parts.count > 1 ? parts[1] : "", piece: piece)
    }
    return (folder, expectations)
  }

  static func remove(_ folder: String) { _ = system("rm -rf '\(folder)'") }
}
