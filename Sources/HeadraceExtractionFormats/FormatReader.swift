package import HeadraceExtraction

/// A reader of one format: hostile bytes in, text and positions out.
package protocol FormatReader: Sendable {
  /// Reads `input` and writes its text to `sink`. Throws ``FormatFault``; whatever else it throws counts as damage.
  func read(_ input: FormatInput, into sink: TextSink) throws
}

/// A document for a reader, and what it may cost.
package struct FormatInput: Sendable {
  /// The document.
  package var document: MappedBytes
  /// The encoding that its sender declares, for formats that have a use for it.
  package var charset: String?
  /// The most that all parts of a zip file may inflate to, in bytes.
  package var maximumInflatedBytes: Int
  /// The most that one part may inflate to, in bytes.
  package var maximumPartBytes: Int
  /// The most entries of a zip file.
  package var maximumZipEntries: Int

  /// `document` with the limits that are the extractor's defaults.
  package init(_ document: MappedBytes, charset: String? = nil) {
    let limits = ExtractionLimits()
    self.document = document
    self.charset = charset
    maximumInflatedBytes = limits.maximumInflatedBytes
    maximumPartBytes = limits.maximumPartBytes
    maximumZipEntries = limits.maximumZipEntries
  }

  /// The document as a zip file.
  package func zip() throws -> ZipReader<MappedBytes> {
    try ZipReader(
      document, maximumBytes: maximumInflatedBytes, maximumPartBytes: maximumPartBytes,
      maximumEntries: maximumZipEntries)
  }
}
