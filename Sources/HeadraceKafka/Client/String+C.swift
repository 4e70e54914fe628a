internal import Glibc

extension String {
  /// What librdkafka wrote into a buffer, without the line end that some of its messages have.
  init(buffer: [CChar]) {
    self.init(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    while last?.isWhitespace == true { removeLast() }
  }
}

extension [String] {
  /// Lends the strings to a C call, as an array of C strings.
  func withCStrings<Result>(_ body: (UnsafeMutablePointer<UnsafePointer<CChar>?>) -> Result) -> Result {
    let copies = unsafe map { unsafe strdup($0) }
    defer { unsafe copies.forEach { unsafe free($0) } }
    var pointers = unsafe copies.map { unsafe UnsafePointer<CChar>($0) }
    return unsafe pointers.withUnsafeMutableBufferPointer { pointers in
      // An empty array has no address of its own, and C wants one.
      var none: UnsafePointer<CChar>?
      if let start = pointers.baseAddress { return unsafe body(start) }
      return unsafe body(&none)
    }
  }
}
