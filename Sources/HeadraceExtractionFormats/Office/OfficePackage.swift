internal import HeadraceExtraction

/// The parts of an Office document, and how they refer to each other.
struct OfficePackage {
  /// One reference of a part to another.
  struct Relation {
    var id: String
    var kind: String
    var target: String
  }

  private(set) var zip: ZipReader<MappedBytes>
  /// The name of the main part.
  let main: String

  init(_ input: FormatInput) throws {
    zip = try input.zip()
    guard
      let relations = try zip.part("_rels/.rels"), let main = OfficeParts.mainPart(relations)
    else { throw FormatFault.corrupt("It does not say which its main part is.") }
    self.main = main
  }

  /// A part's XML; nil where there is no such part.
  mutating func events(_ name: String) throws -> XMLEvents? {
    guard let bytes = try zip.part(name) else { return nil }
    return try XMLEvents(bytes, part: name)
  }

  /// A part's references, in its own order; what lies outside of the document is left away.
  mutating func relations(of part: String) throws -> [Relation] {
    let slash = part.lastIndex(of: "/")
    let folder = slash.map { String(part[...$0]) } ?? ""
    let name = slash.map { String(part[part.index(after: $0)...]) } ?? part
    guard let xml = try events("\(folder)_rels/\(name).rels") else { return [] }
    var relations: [Relation] = []
    while let event = try xml.next() {
      guard case .start("Relationship", _) = event, xml["TargetMode"] != "External" else { continue }
      guard let id = xml["Id"], let kind = xml["Type"], let target = xml["Target"] else { continue }
      relations.append(
        Relation(
          id: id, kind: kind.split(separator: "/").last.map(String.init) ?? kind,
          target: Self.resolve(target, in: folder)))
    }
    return relations
  }

  /// Title, author and date of creation, and what the program counted.
  mutating func facts(into sink: TextSink, pages counted: String? = nil) throws {
    // Damaged facts are no reason to lose the text.
    guard let core = try? events("docProps/core.xml") else { return }
    while let event = try? core.next() {
      guard case .start(let name, let isEmpty) = event else { continue }
      switch name {
      case "title": sink.fact("title", try? core.textOfElement(isEmpty: isEmpty))
      case "creator": sink.fact("author", try? core.textOfElement(isEmpty: isEmpty))
      case "created": sink.fact("created", try? core.textOfElement(isEmpty: isEmpty))
      default: break
      }
    }
    guard let counted, let app = try? events("docProps/app.xml") else { return }
    while let event = try? app.next() {
      guard case .start(let name, let isEmpty) = event, name == counted else { continue }
      if let number = Int(try app.textOfElement(isEmpty: isEmpty)), number > 0 { sink.fact("pages", "\(number)") }
    }
  }

  /// A target as a part's name: relative to `folder` unless it begins with a slash.
  static func resolve(_ target: String, in folder: String) -> String {
    let target = String(target.map { $0 == "\\" ? "/" : $0 })
    var parts = target.hasPrefix("/") ? [] : folder.split(separator: "/")
    for piece in target.split(separator: "/") {
      switch piece {
      case ".": break
      case "..": _ = parts.popLast()
      default: parts.append(piece)
      }
    }
    return parts.joined(separator: "/")
  }
}
