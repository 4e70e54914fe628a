import Glibc

/// Writes text in old encodings, by iconv.
enum TestEncoder {
  /// `text` in `encoding`; empty where it cannot be written in it.
  static func encode(_ text: String, as encoding: String) -> [UInt8] {
    let converter = iconv_open(encoding, "UTF-8")
    guard converter != iconv_t(bitPattern: -1) else { return [] }
    defer { iconv_close(converter) }
    var source = text.utf8.map { CChar(bitPattern: $0) }
    var target = [CChar](repeating: 0, count: source.count * 4 + 16)
    let written = source.withUnsafeMutableBufferPointer { source in
      target.withUnsafeMutableBufferPointer { target in
        var next = source.baseAddress
        var left = source.count
        var out = target.baseAddress
        var room = target.count
        let status = iconv(converter, &next, &left, &out, &room)
        return status == -1 ? 0 : target.count - room
      }
    }
    return target[..<written].map { UInt8(bitPattern: $0) }
  }
}
