import HeadraceCore

/// A document of the gateway, told to people.
enum DocumentText {
  /// One line: what was acknowledged, and its place in the log.
  static func receipt(_ document: JSONValue) -> String {
    let source = document["source"]
    let place = source.map {
      "\($0["topic"]?.string ?? "")/\($0["partition"]?.int ?? 0)/\($0["offset"]?.int ?? 0)"
    }
    let size = document["size"]?.int.map { "\($0) bytes" } ?? ""
    return "\(document["id"]?.string ?? "")  \(document["name"]?.string ?? "")  \(size)  at \(place ?? "?")"
  }

  /// One line on how far it is; nil when nothing is known yet.
  static func progress(_ document: JSONValue) -> String? {
    guard let progress = document["progress"], let stage = progress["stage"]?.string else {
      return document["state"]?.string
    }
    return "\(stage) \(progress["done"]?.int ?? 0)/\(progress["total"]?.int ?? 0)"
  }

  /// The result, or why there is none, over several lines.
  static func result(_ document: JSONValue) -> String {
    var lines = ["\(document["name"]?.string ?? "")  (\(document["id"]?.string ?? ""))"]
    func add(_ label: String, _ value: String?) {
      guard let value, !value.isEmpty else { return }
      lines.append("  \(label)\(String(repeating: " ", count: max(1, 10 - label.count)))\(value)")
    }
    add("state", document["state"]?.string)
    if let error = document["error"] {
      add("reason", error["reason"]?.string)
      add("title", error["title"]?.string)
      add("detail", error["detail"]?.string)
    }
    if let metadata = document["metadata"], metadata != .null {
      add("title", metadata["title"]?.string)
      add("summary", metadata["summary"]?.string)
      add("language", metadata["language"]?.string)
      add("category", metadata["category"]?.string)
      add("topics", list(metadata["topics"]))
      add("keywords", list(metadata["keywords"]))
      add("left out", metadata["extraction"]?["leftOut"]?.string)
      if let made = metadata["provenance"] { add("made by", provenance(made)) }
    }
    return lines.joined(separator: "\n")
  }

  private static func list(_ value: JSONValue?) -> String? {
    value?.array?.compactMap(\.string).joined(separator: ", ")
  }

  private static func provenance(_ made: JSONValue) -> String {
    var parts = [made["model"]?.string ?? "?"]
    if let id = made["promptId"]?.string { parts.append("prompt \(id) \(made["promptVersion"]?.string ?? "")") }
    let tokens = "\(made["inputTokens"]?.int ?? 0) tokens in, \(made["outputTokens"]?.int ?? 0) out"
    parts.append("\(made["calls"]?.int ?? 0) calls, \(tokens)")
    if let hits = made["journalHits"]?.int, hits > 0 { parts.append("\(hits) from the journal") }
    if let cost = made["cost"], let amount = cost["amount"]?.string {
      parts.append("\(amount) \(cost["currency"]?.string ?? "")")
    }
    if let milliseconds = made["milliseconds"]?.int { parts.append("\(Double(milliseconds / 100) / 10) s") }
    return parts.joined(separator: ", ")
  }
}
