/// A line of a response's head, as libcurl hands it over: with its end, or without.
enum HeaderLine {
  /// `HTTP/1.1 200 OK`; 0 when there is no number.
  case status(Int, isHTTP1: Bool)
  /// `name: value`, the white space around the value taken off.
  case field(HTTPClient.Headers.Field)
  /// The empty line after the last field.
  case end
  /// Anything else.
  case other

  init(_ line: UnsafeRawBufferPointer) {
    var bytes = unsafe line[...]
    while let last = unsafe bytes.last, last == 0x0D || last == 0x0A { unsafe bytes.removeLast() }
    if unsafe bytes.isEmpty {
      self = .end
    } else if unsafe bytes.starts(with: "HTTP/".utf8) {
      let words = unsafe bytes.split(separator: 0x20, maxSplits: 2)
      self = .status(
        unsafe words.count > 1 ? Int(Self.text(words[1])) ?? 0 : 0, isHTTP1: unsafe bytes.starts(with: "HTTP/1".utf8))
    } else if let colon = unsafe bytes.firstIndex(of: 0x3A) {
      var value = unsafe bytes[(colon + 1)...]
      while let first = unsafe value.first, Self.isSpace(first) { unsafe value.removeFirst() }
      while let last = unsafe value.last, Self.isSpace(last) { unsafe value.removeLast() }
      self = .field(.init(name: unsafe Self.text(bytes[..<colon]), value: unsafe Self.text(value)))
    } else {
      self = .other
    }
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

  /// UTF-8, or else bytes of which each is one character (ISO 8859-1), as old fields may be.
  private static func text(_ bytes: Slice<UnsafeRawBufferPointer>) -> String {
    if let text = unsafe String(validating: bytes, as: UTF8.self) { return text }
    var scalars = String.UnicodeScalarView()
    unsafe bytes.forEach { scalars.append(Unicode.Scalar($0)) }
    return String(scalars)
  }
}
