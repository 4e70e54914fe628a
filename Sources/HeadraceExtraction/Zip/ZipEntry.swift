/// One entry of a zip file, as its central directory tells.
package struct ZipEntry: Sendable, Hashable {
  /// The name, with `/` between folders whatever the writer used.
  package var name: String
  /// 0 (stored) or 8 (deflated); anything else is not read.
  package var method: UInt16
  /// Whether its bytes are encrypted.
  package var isEncrypted: Bool
  /// The checksum of what is inflated.
  package var crc32: UInt32
  /// Bytes in the file.
  package var compressedSize: Int
  /// Bytes it claims to inflate to: a hint at most, never believed.
  package var claimedSize: Int
  /// Where its local header begins.
  package var headerOffset: Int
}
