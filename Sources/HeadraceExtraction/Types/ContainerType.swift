/// Tells which format a zip file is, by its central directory and the few parts that name its main one.
package enum ContainerType {
  /// Writes what `file` is into `decision`.
  package static func decide(
    _ file: some RandomAccessBytes, maximumEntries: Int, into decision: inout TypeDecision
  ) throws {
    do {
      var zip = try ZipReader(file, maximumBytes: 4 << 20, maximumPartBytes: 1 << 20, maximumEntries: maximumEntries)
      decision.type = try type(&zip)
      if let type = decision.type {
        decision.signature = type.mediaType
      } else {
        decision.refusal = TypeRefusal(
          reason: .unsupportedType, detail: "It is a zip file, but no document. Unpack it and send what is in it.")
      }
    } catch let fault as ZipFault {
      decision.refusal = refusal(fault)
    }
  }

  /// What a fault of the zip file means for the document.
  package static func refusal(_ fault: ZipFault) -> TypeRefusal {
    switch fault {
    case .noDirectory:
      TypeRefusal(
        reason: .corrupt, detail: "It begins as a zip file and has no directory: it is cut short. Send it again.")
    case .damaged(let what):
      TypeRefusal(reason: .corrupt, detail: "Its zip file is damaged: \(what).")
    case .encrypted:
      TypeRefusal(reason: .encrypted, detail: "Its parts are locked with a password. Save it without one.")
    case .tooManyEntries(let count):
      TypeRefusal(reason: .tooLarge, detail: "Its zip file has \(count) entries.")
    case .tooLarge(let what):
      TypeRefusal(reason: .tooLarge, detail: "Inflated, \(what).")
    }
  }

  private static func type<File>(_ zip: inout ZipReader<File>) throws -> DocumentType? {
    if let entry = zip.directory["mimetype"] {
      let media = String(decoding: try zip.part(entry).prefix(100), as: UTF8.self).trimmed(of: " \t\r\n\u{feff}\0")
      if let type = openType(media) { return type }
    }
    if zip.directory["[Content_Types].xml"] != nil, let type = try officeType(&zip) { return type }
    if zip.directory["META-INF/container.xml"] != nil { return .epub }
    return nil
  }

  private static func openType(_ media: String) -> DocumentType? {
    let odf = "application/vnd.oasis.opendocument."
    if media == "application/epub+zip" { return .epub }
    guard media.hasPrefix(odf) else { return nil }
    switch media.dropFirst(odf.count) {
    case "text", "text-template", "text-master", "text-web", "text-master-template": return .openDocumentText
    case "spreadsheet", "spreadsheet-template": return .openDocumentSpreadsheet
    case "presentation", "presentation-template": return .openDocumentPresentation
    default: return nil
    }
  }

  /// By the main part's content type: the main part is what `_rels/.rels` calls the office document, and not the first
  /// part of a known type, since documents embed documents.
  private static func officeType<File>(_ zip: inout ZipReader<File>) throws -> DocumentType? {
    guard let relations = try zip.part("_rels/.rels"), let main = OfficeParts.mainPart(relations) else { return nil }
    let types = try zip.part("[Content_Types].xml") ?? []
    let media = OfficeParts.contentType(of: main, in: types) ?? main
    return OfficeParts.type(ofMedia: media) ?? OfficeParts.type(ofMedia: main)
  }
}
