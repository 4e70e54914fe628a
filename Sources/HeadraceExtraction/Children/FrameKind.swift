/// The kinds of frames that the helper prints: one byte, four of length (little-endian), the payload.
package enum FrameKind: UInt8, Sendable {
  /// A piece of the text, in UTF-8.
  case text = 0x74  // t
  /// A position begins here: its kind, number and label, parted by NUL.
  case begin = 0x62  // b
  /// The position of this kind ends here.
  case end = 0x78  // x
  /// A key and its value, parted by NUL: title, author, created, pages, encoding.
  case metadata = 0x6d  // m
  /// The document failed: a reason and a detail, parted by NUL.
  case failure = 0x66  // f
  /// All was said.
  case done = 0x65  // e

  /// The longest payload, in bytes.
  package static let maximumPayload = 1 << 20
}
