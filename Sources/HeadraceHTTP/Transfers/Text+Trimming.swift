extension StringProtocol where SubSequence == Substring {
  func trimmingPrefix(_ isTrimmed: (Character) -> Bool) -> Substring {
    self[(firstIndex { !isTrimmed($0) } ?? endIndex)...]
  }

  func trimmingSuffix(_ isTrimmed: (Character) -> Bool) -> Substring {
    var end = endIndex
    while end > startIndex, isTrimmed(self[index(before: end)]) { end = index(before: end) }
    return self[..<end]
  }
}

extension String {
  /// Text of bytes of which each is one character (ISO 8859-1), as old header fields may be.
  init(latin1 bytes: UnsafeRawBufferPointer) {
    var scalars = UnicodeScalarView()
    unsafe bytes.forEach { scalars.append(Unicode.Scalar($0)) }
    self.init(scalars)
  }
}
