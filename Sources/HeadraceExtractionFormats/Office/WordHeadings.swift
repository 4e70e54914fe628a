internal import HeadraceExtraction

/// Which paragraph styles are headings: by their names, since their ids are in the writer's language.
struct WordHeadings {
  private var styles: Set<String> = []

  /// None.
  init() {}

  /// Those of the document's style part.
  init(_ package: inout OfficePackage, _ relations: [OfficePackage.Relation]) throws {
    guard let part = relations.first(where: { $0.kind == "styles" }), let xml = try package.events(part.target) else {
      return
    }
    var style: String?
    while let event = try xml.next() {
      switch event {
      case .start("style", _): style = xml["styleId"]
      case .start("name", _):
        let name = xml["val"]?.lowercased() ?? ""
        if let style, name.hasPrefix("heading ") || name == "title" { styles.insert(style) }
      case .start("outlineLvl", _):
        if let style, let level = Int(xml["val"] ?? ""), level < 9 { styles.insert(style) }
      case .end("style"): style = nil
      default: break
      }
    }
  }

  /// Whether paragraphs of `style` are headings.
  func contains(_ style: String) -> Bool { styles.contains(style) || style.hasPrefix("Heading") || style == "Title" }
}
