package import HeadraceExtraction

/// Which reader reads which type: the one table to touch for a new format.
package enum FormatTable {
  /// The reader of `type`; nil where the helper has none.
  package static func reader(of type: DocumentType) -> (any FormatReader)? {
    switch type {
    case .html: HTMLFormat()
    case .word: WordFormat()
    case .spreadsheet: SpreadsheetFormat()
    case .presentation: PresentationFormat()
    case .openDocumentText, .openDocumentSpreadsheet, .openDocumentPresentation: OpenDocumentFormat()
    case .epub: BookFormat()
    case .rtf: RichTextFormat()
    case .mail: MailFormat()
    case .text, .markdown, .csv, .json, .xml, .pdf, .image: nil
    }
  }

  /// Reads `input` as `type`; every failure ends as a frame, and so does success.
  package static func read(_ input: FormatInput, as type: DocumentType, into sink: TextSink) {
    do {
      guard let reader = reader(of: type) else {
        throw FormatFault(reason: .unsupportedType, detail: "The helper does not read \(type.rawValue).")
      }
      try reader.read(input, into: sink)
      sink.finish()
    } catch let fault as FormatFault {
      sink.fail(fault)
    } catch let fault as ZipFault {
      sink.fail(FormatFault(fault))
    } catch {
      sink.fail(.corrupt("It could not be read: \(error)."))
    }
  }
}
