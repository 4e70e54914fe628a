/// A text in UTF-8, and how it came to be.
package struct DecodedText: Sendable {
  /// Valid UTF-8, without a byte order mark.
  package var utf8: [UInt8]
  /// The encoding it was read from.
  package var encoding: String
  /// Unicode scalars in it.
  package var scalars: Int
  /// How many bytes were no character and became U+FFFD.
  package var replaced: Int
  /// Whether `utf8` is the content byte for byte.
  package var isContent: Bool
}
