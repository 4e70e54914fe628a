internal import HeadraceExtraction

/// What stands beside the text of an Office part: its charts and diagrams.
enum OfficeDrawings {
  /// Writes the words of all charts and diagrams that `part` refers to.
  static func read(of part: String, in package: inout OfficePackage, into sink: TextSink) throws {
    for relation in try package.relations(of: part) {
      guard relation.kind == "chart" || relation.kind == "diagramData",
        let xml = try package.events(relation.target)
      else { continue }
      sink.lineBreak()
      relation.kind == "chart" ? try chart(xml, into: sink) : try PresentationFormat.read(xml, into: sink)
    }
  }

  /// The titles of a chart, and once each the names of its series and categories. Its numbers are no text.
  private static func chart(_ xml: XMLEvents, into sink: TextSink) throws {
    var seen: Set<String> = []
    func write(_ name: String) {
      guard name.contains(where: { !$0.isWhitespace }), seen.insert(name).inserted else { return }
      sink.write(name)
      sink.lineBreak()
    }
    var isNames = false
    while let event = try xml.next() {
      switch event {
      case .start("strCache", _): isNames = true
      case .end("strCache"): isNames = false
      case .start("v", let isEmpty): if isNames { write(try xml.textOfElement(isEmpty: isEmpty)) }
      case .start("rich", let isEmpty): write(try SpreadsheetFormat.richText(xml, isEmpty: isEmpty, end: "rich"))
      default: break
      }
    }
  }
}
