internal import HeadraceExtraction

/// PPTX: the slides in the order of the presentation, each with its notes.
struct PresentationFormat: FormatReader {
  func read(_ input: FormatInput, into sink: TextSink) throws {
    var package = try OfficePackage(input)
    let targets = Dictionary(
      try package.relations(of: package.main).map { ($0.id, $0.target) }, uniquingKeysWith: { first, _ in first })
    guard let main = try package.events(package.main) else {
      throw FormatFault.corrupt("Its main part \(package.main) is missing.")
    }
    var slides: [String] = []
    while let event = try main.next() {
      if case .start("sldId", _) = event, let id = main.relationID, let target = targets[id] { slides.append(target) }
    }
    try package.facts(into: sink)
    sink.fact("pages", "\(slides.count)")
    for (index, slide) in slides.enumerated() {
      guard let xml = try package.events(slide) else { throw FormatFault.corrupt("The slide \(slide) is missing.") }
      sink.paragraphBreak()
      sink.begin(.slide, index + 1)
      try Self.read(xml, into: sink)
      let relations = try package.relations(of: slide)
      try OfficeDrawings.read(of: slide, in: &package, into: sink)
      sink.end(.slide)
      for notes in relations where notes.kind == "notesSlide" {
        guard let xml = try package.events(notes.target) else { continue }
        sink.paragraphBreak()
        sink.begin(.notes, index + 1)
        try Self.read(xml, into: sink)
        sink.end(.notes)
      }
    }
  }

  /// The text of drawings: slides, notes, diagrams, the drawings of sheets.
  static func read(_ xml: XMLEvents, into sink: TextSink) throws {
    var text = 0
    var cells: [Int] = []
    while let event = try xml.next() {
      switch event {
      case .start("t", let isEmpty): if !isEmpty { text += 1 }
      case .end("t"): text = max(0, text - 1)
      case .text(let piece): if text > 0 { unsafe sink.write(piece) }
      case .start("Fallback", let isEmpty): try xml.skipElement(isEmpty: isEmpty)
      // The number of a slide and its date are no text.
      case .start("fld", let isEmpty):
        if let type = xml["type"], type == "slidenum" || type.hasPrefix("datetime") {
          try xml.skipElement(isEmpty: isEmpty)
        }
      case .start("br", _): sink.lineBreak()
      case .end("p"): sink.lineBreak()
      case .start("tc", let isEmpty): if !isEmpty { cells.append(sink.writes) }
      case .end("tc"):
        if let mark = cells.popLast() { sink.endCell(since: mark) }
        sink.tab()
      case .end("tr"): sink.lineBreak()
      case .start("sp", _), .start("graphicFrame", _): sink.lineBreak()
      default: break
      }
    }
    sink.lineBreak()
  }
}
