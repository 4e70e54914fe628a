/// A document's bytes, wherever they are: read in pieces, by offset.
package protocol RandomAccessBytes {
  /// How many there are.
  var count: Int { get }
  /// `count` bytes from `offset` on, both within the document; fewer only where it has become shorter meanwhile.
  func bytes(at offset: Int, count: Int) throws -> [UInt8]
}

extension [UInt8]: RandomAccessBytes {
  package func bytes(at offset: Int, count: Int) -> [UInt8] {
    let start = Swift.min(offset, self.count)
    return Array(self[start..<Swift.min(start + Swift.max(count, 0), self.count)])
  }
}
