/// Decides what a document is, from its bytes, its declared type and its name, in that order of trust.
package enum TypeDetector {
  /// How many bytes are looked at.
  package static let headBytes = 64 << 10

  /// The type of `file`.
  package static func decide(
    _ file: some RandomAccessBytes, name: String?, declaredType: String?, maximumZipEntries: Int = 10_000
  ) throws -> TypeDecision {
    let head = try file.bytes(at: 0, count: min(headBytes, file.count))
    let declared = declaredType.map { MediaTypes.split($0).type }.flatMap { $0.isEmpty ? nil : Optional($0) }
    let suffix = name.flatMap { MediaTypes.fileExtension(of: $0) }
    var decision = TypeDecision(
      type: nil, rule: .signature, signature: "application/octet-stream", declaredType: declared,
      nameType: suffix.flatMap { MediaTypes.media(ofExtension: $0) })
    if try bySignature(file, head: head, maximumZipEntries: maximumZipEntries, into: &decision) { return decision }
    guard isText(head, into: &decision) else { return decision }
    byKindOfText(head, declared: declared, suffix: suffix, into: &decision)
    return decision
  }

  // MARK: Bytes

  /// Whether the bytes carry a signature that decides by itself.
  private static func bySignature(
    _ file: some RandomAccessBytes, head: [UInt8], maximumZipEntries: Int, into decision: inout TypeDecision
  ) throws -> Bool {
    if try isPDF(file, head: head) {
      decision.type = .pdf
      decision.signature = "application/pdf"
      return true
    }
    if head.starts(with: [0x50, 0x4b, 3, 4]) {
      decision.rule = .zipDirectory
      decision.signature = "application/zip"
      try ContainerType.decide(file, maximumEntries: maximumZipEntries, into: &decision)
      return true
    }
    if head.starts(with: [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]) {
      decideOLE(file, head: head, into: &decision)
      return true
    }
    let start = head.starts(with: [0xef, 0xbb, 0xbf]) ? head.dropFirst(3) : head[...]
    let visible = start.drop { $0 <= 0x20 && $0 > 0 }
    if visible.starts(with: "{\\rtf".utf8) {
      decision.type = .rtf
      decision.signature = "text/rtf"
      return true
    }
    if head.starts(with: "%!PS-Adobe".utf8) {
      decision.signature = "application/postscript"
      decision.refusal = unsupported(decision)
      return true
    }
    return false
  }

  /// `%PDF-` at the start, or within the first 1,024 bytes of what is a PDF by its end too (text may speak of PDFs).
  private static func isPDF(_ file: some RandomAccessBytes, head: [UInt8]) throws -> Bool {
    let mark = Array("%PDF-".utf8)
    let window = head.prefix(1024 + mark.count - 1)
    guard window.count >= mark.count else { return false }
    guard
      let at = (0...(window.count - mark.count)).first(where: { window[$0..<$0 + mark.count].elementsEqual(mark) })
    else { return false }
    let before = head[..<at]
    let version = head.dropFirst(at + mark.count).first
    // Text may begin with the mark and go on about it.
    let isMark = version.map { (0x30...0x39).contains($0) } ?? true
    if isMark, (before.allSatisfy({ $0 <= 0x20 }) || before.elementsEqual([0xef, 0xbb, 0xbf])) { return true }
    guard ByteSurvey(head).looksLikeText else { return true }
    let tail = try file.bytes(at: max(0, file.count - 2048), count: min(2048, file.count))
    return contains(tail, Array("startxref".utf8)) || contains(tail, Array("%%EOF".utf8))
  }

  private static func decideOLE(_ file: some RandomAccessBytes, head: [UInt8], into decision: inout TypeDecision) {
    decision.signature = MagicSignature.shared.mediaType(of: head) ?? "application/x-ole-storage"
    let stream: [UInt8] = "EncryptedPackage".utf8.flatMap { [$0, 0] as [UInt8] }
    var offset = 0
    let step = 1 << 20
    while offset < file.count {
      // Overlapping reads, so that a name across two of them is seen.
      guard let bytes = try? file.bytes(at: offset, count: min(step + stream.count, file.count - offset)) else { break }
      if contains(bytes, stream) {
        decision.signature = "application/encrypted"
        decision.refusal = TypeRefusal(
          reason: .encrypted, detail: "It is an Office document locked with a password. Save it without one.")
        return
      }
      offset += step
    }
    decision.refusal = unsupported(decision)
  }

  // MARK: Text

  /// Whether it is text; the decision says why not.
  private static func isText(_ head: [UInt8], into decision: inout TypeDecision) -> Bool {
    decision.signature = "text/plain"
    if ByteOrderMark(head) != nil || ByteSurvey(head).looksLikeText { return true }
    // ISO-2022-KR shifts by controls that no other text has; it begins by saying so.
    if head.starts(with: [0x1b, 0x24, 0x29, 0x43]) { return true }
    if UTF16Check.order(of: head) != nil || UTF32Check.encoding(of: head) != nil { return true }
    let signature = MagicSignature.shared.mediaType(of: head) ?? "application/octet-stream"
    decision.signature = signature
    if signature.hasPrefix("text/") || signature.hasPrefix("message/") || textLike.contains(signature) { return true }
    if signature.hasPrefix("image/"), signature != "image/svg+xml" { decision.type = .image }
    decision.rule = signature == "application/octet-stream" ? .unknown : .signature
    decision.refusal = unsupported(decision)
    return false
  }

  private static let textLike: Set<String> = [
    "application/json", "application/javascript", "application/x-javascript", "application/xml",
    "application/x-ndjson", "image/svg+xml", "application/mbox",
  ]

  private static func byKindOfText(
    _ head: [UInt8], declared: String?, suffix: String?, into decision: inout TypeDecision
  ) {
    let byDeclaration = declared.flatMap { MediaTypes.textType(ofMedia: $0) }
    let byName = suffix.flatMap { MediaTypes.textType(ofExtension: $0) }
    let peek = TextStart.peek(head)
    let keepsItsType = [byDeclaration, byName].contains { $0 == .mail || $0 == .markdown }
    if !keepsItsType, TextStart.isHTML(peek) {
      decision.type = .html
      // Where somebody had said so anyway, that is the plainer reason.
      decision.rule = byDeclaration == .html ? .declared : byDeclaration == nil && byName == .html ? .name : .htmlStart
    } else if let byDeclaration {
      decision.type = byDeclaration
      decision.rule = .declared
    } else if let byName {
      decision.type = byName
      decision.rule = .name
    } else if TextStart.isMail(peek) {
      decision.type = .mail
      decision.rule = .mailHeaders
    } else {
      decision.type = .text
      decision.rule = .text
    }
  }

  // MARK: Helpers

  private static func unsupported(_ decision: TypeDecision) -> TypeRefusal {
    let hint =
      decision.type == .image
      ? " Pictures of text are read where optical recognition is switched on (extraction.ocr-languages); it is off."
      : ""
    return TypeRefusal(
      reason: .unsupportedType,
      detail: """
        It is \(decision.signature).\(hint) Read are PDF, HTML, DOCX, PPTX, XLSX, ODT, ODS, ODP, EPUB, RTF, mail and every \
        kind of text.
        """)
  }

  private static func contains(_ bytes: [UInt8], _ needle: [UInt8]) -> Bool {
    guard bytes.count >= needle.count else { return false }
    var index = 0
    while index <= bytes.count - needle.count {
      if bytes[index] == needle[0], bytes[index..<index + needle.count].elementsEqual(needle) { return true }
      index += 1
    }
    return false
  }
}
