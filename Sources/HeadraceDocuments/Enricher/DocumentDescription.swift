internal import HeadraceCore

/// What a model said of a document, tidied.
struct DocumentDescription: Sendable, Hashable {
  var title: String
  var summary: String
  var category: String
  var topics: [String]
  var keywords: [String]

  /// - Parameters:
  ///   - answer: The model's answer, valid by the prompt's schema.
  ///   - fallbackTitle: The title where the model gave none.
  init(answer: JSONValue, fallbackTitle: String) {
    let said = DocumentDescription.tidied(answer["title"]?.string ?? "")
    title = said.isEmpty ? DocumentDescription.tidied(fallbackTitle) : said
    summary = DocumentDescription.tidied(answer["summary"]?.string ?? "")
    category = DocumentDescription.tidied(answer["category"]?.string ?? "other")
    topics = DocumentDescription.distinct(answer["topics"])
    keywords = DocumentDescription.distinct(answer["keywords"])
  }

  /// White space is one space; no control characters.
  static func tidied(_ text: String) -> String {
    text.split { $0.isWhitespace || $0.unicodeScalars.contains { $0.value < 32 || $0.value == 127 } }
      .joined(separator: " ")
  }

  private static func distinct(_ list: JSONValue?) -> [String] {
    var seen: Set<String> = []
    return (list?.array ?? []).compactMap(\.string).map(tidied).filter {
      !$0.isEmpty && seen.insert($0.lowercased()).inserted
    }
  }
}
