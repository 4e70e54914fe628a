import HeadraceExtraction
import HeadraceExtractionFormats

/// Reads documents in this process, by the readers that otherwise run in a child.
enum InProcess {
  /// What the reader of `type` makes of `bytes`.
  static func read(_ bytes: [UInt8], as type: DocumentType) -> FrameDecoder.Content {
    var decoder = FrameDecoder(maximumText: 64 << 20)
    bytes.withUnsafeBytes { buffer in
      let input = FormatInput(MappedBytes(lending: buffer))
      FormatTable.read(input, as: type, into: TextSink { _ = decoder.feed($0) })
    }
    decoder.finish()
    return decoder.content
  }

  /// The text alone.
  static func text(_ bytes: [UInt8], as type: DocumentType) -> String {
    String(decoding: read(bytes, as: type).text, as: UTF8.self)
  }

  /// The reason of the failure.
  static func reason(_ bytes: [UInt8], as type: DocumentType) -> String? { read(bytes, as: type).failure?.reason }
}
