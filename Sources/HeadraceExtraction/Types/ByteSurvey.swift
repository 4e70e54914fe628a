/// What kinds of bytes a document begins with.
package struct ByteSurvey: Sendable {
  /// Whether there is none that text of any byte-wise encoding does without: no control but the white ones, BS and ESC.
  package var looksLikeText: Bool
  /// Whether all is white space.
  package var isBlank: Bool

  /// Looks at `head`.
  package init(_ head: [UInt8]) {
    var looksLikeText = true
    var isBlank = true
    for byte in head {
      if byte > 0x20, byte != 0x7f {
        isBlank = false
        continue
      }
      switch byte {
      case 0x20, 0x09...0x0d: continue
      case 0x08, 0x1b: isBlank = false
      default:
        looksLikeText = false
        isBlank = false
      }
      if !looksLikeText { break }
    }
    self.looksLikeText = looksLikeText
    self.isBlank = isBlank
  }
}
