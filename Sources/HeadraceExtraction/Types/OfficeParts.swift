/// The two parts that tell what an Office document is, read by a scanner of tags alone.
package enum OfficeParts {
  /// The name of the main part, by the relationships of the package.
  package static func mainPart(_ relations: [UInt8]) -> String? {
    for tag in TagScanner(relations) where tag.name == "Relationship" {
      guard let kind = tag["Type"], kind.hasSuffix("/officeDocument"), let target = tag["Target"] else { continue }
      return resolve(target)
    }
    return nil
  }

  /// The content type of the part `name`: its own, else that of its extension.
  package static func contentType(of name: String, in types: [UInt8]) -> String? {
    var byExtension: String?
    let suffix = MediaTypes.fileExtension(of: name)
    for tag in TagScanner(types) {
      if tag.name == "Override", let part = tag["PartName"], resolve(part).lowercased() == name.lowercased() {
        return tag["ContentType"]
      }
      if tag.name == "Default", byExtension == nil, tag["Extension"]?.lowercased() == suffix {
        byExtension = tag["ContentType"]
      }
    }
    return byExtension
  }

  /// The document type that a main part's content type, or else its name, means.
  package static func type(ofMedia media: String) -> DocumentType? {
    let media = media.lowercased()
    if media.contains("sheet.binary") { return nil }
    if media.contains("wordprocessingml") || media.contains("ms-word.") || media.hasPrefix("word/") { return .word }
    if media.contains("spreadsheetml") || media.contains("ms-excel.") || media.hasPrefix("xl/") { return .spreadsheet }
    if media.contains("presentationml") || media.contains("ms-powerpoint.") || media.hasPrefix("ppt/") {
      return .presentation
    }
    return nil
  }

  private static func resolve(_ target: String) -> String {
    var name = target.split(separator: "\\").joined(separator: "/")[...]
    while name.hasPrefix("/") { name = name.dropFirst() }
    while name.hasPrefix("./") { name = name.dropFirst(2) }
    return String(name)
  }
}
