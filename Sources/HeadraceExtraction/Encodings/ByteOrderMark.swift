/// The mark some encodings begin with.
package struct ByteOrderMark: Sendable, Hashable {
  /// The encoding it tells, by its iconv name.
  package var encoding: String
  /// Its length in bytes.
  package var length: Int

  /// The mark that `bytes` begin with.
  package init?(_ bytes: [UInt8]) {
    if bytes.starts(with: [0xef, 0xbb, 0xbf]) {
      self.init(encoding: "UTF-8", length: 3)
    } else if bytes.starts(with: [0xff, 0xfe, 0, 0]), bytes.count % 4 == 0 {
      // The same four bytes begin UTF-16 text whose first character is a NUL: no text begins so.
      self.init(encoding: "UTF-32LE", length: 4)
    } else if bytes.starts(with: [0, 0, 0xfe, 0xff]) {
      self.init(encoding: "UTF-32BE", length: 4)
    } else if bytes.starts(with: [0xff, 0xfe]) {
      self.init(encoding: "UTF-16LE", length: 2)
    } else if bytes.starts(with: [0xfe, 0xff]) {
      self.init(encoding: "UTF-16BE", length: 2)
    } else {
      return nil
    }
  }

  private init(encoding: String, length: Int) {
    self.encoding = encoding
    self.length = length
  }
}
