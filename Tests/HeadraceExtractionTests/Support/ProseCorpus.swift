import Glibc

/// Real prose by language, as `ops/corpus/fetch` leaves it.
struct ProseCorpus: Sendable {
  /// Paragraphs by language tag.
  let languages: [(tag: String, paragraphs: [String])]

  /// The corpus at `HEADRACE_BENCH_CORPUS`; nil where that is not set.
  static var folder: String? { getenv("HEADRACE_BENCH_CORPUS").map { String(cString: $0) } }

  init?() {
    guard let folder = Self.folder, let listing = opendir(folder + "/languages") else { return nil }
    defer { closedir(listing) }
    var found: [(String, [String])] = []
    while let entry = readdir(listing) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      guard name.hasSuffix(".txt"), let text = Self.read(folder + "/languages/" + name) else { continue }
      found.append((String(name.dropLast(4)), text.split(separator: "\n").map(String.init)))
    }
    languages = found.sorted { $0.0 < $1.0 }
  }

  /// `count` samples of at least `scalars` scalars, each from a place of its own.
  func samples(of tag: String, count: Int, scalars: Int) -> [String] {
    guard let paragraphs = languages.first(where: { $0.tag == tag })?.paragraphs, !paragraphs.isEmpty else { return [] }
    var random = Random(seed: 42)
    var samples: [String] = []
    for _ in 0..<count {
      var index = random.below(paragraphs.count)
      var text = ""
      for _ in 0..<40 where text.unicodeScalars.count < scalars {
        text += (text.isEmpty ? "" : "\n") + paragraphs[index]
        index = (index + 1) % paragraphs.count
      }
      samples.append(text)
    }
    return samples
  }

  private static func read(_ path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var window = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = fread(&window, 1, window.count, file), count > 0 { bytes += window[..<count] }
    return String(decoding: bytes, as: UTF8.self)
  }
}
