/// What a reader of a format brings back.
struct Reading: Sendable {
  var utf8: [UInt8] = []
  var scalars = 0
  var encoding = "UTF-8"
  var positions: [TextPosition] = []
  var title: String?
  var author: String?
  var created: String?
  var pages: Int?
  var isolation: String
  var childLimits: ChildLimits?
  /// Whether the document is a zip file, so that what it inflates to was bounded.
  var isZip = false
  var isContent = false

  init(
    utf8: [UInt8] = [], scalars: Int = 0, encoding: String = "UTF-8", isolation: String, isContent: Bool = false
  ) {
    self.utf8 = utf8
    self.scalars = scalars
    self.encoding = encoding
    self.isolation = isolation
    self.isContent = isContent
  }

  /// Whether there is anything but white space and byte order marks.
  var hasText: Bool {
    if utf8.contains(where: { $0 > 0x20 && $0 < 0x7f }) { return true }
    return String(decoding: utf8, as: UTF8.self).unicodeScalars.contains {
      !$0.properties.isWhitespace && $0.value > 0x20 && $0 != "\u{feff}" && $0 != "\u{200b}"
    }
  }

  /// The limits that were in force.
  func applied(_ limits: ExtractionLimits) -> LimitsApplied {
    LimitsApplied(
      isolation: isolation, inputBytes: limits.maximumInputBytes, outputBytes: limits.maximumOutputBytes,
      inflatedBytes: isZip ? limits.maximumInflatedBytes : nil, memoryBytes: childLimits?.memoryBytes,
      cpuSeconds: childLimits?.cpuSeconds, wallSeconds: childLimits?.wallSeconds)
  }
}
