internal import Glibc

/// Converts any encoding that iconv knows into UTF-8.
package enum IconvDecoder {
  /// UTF-8 made from other bytes.
  package struct Result: Sendable {
    /// The UTF-8.
    package var bytes: [UInt8]
    /// How many bytes were no character and became U+FFFD.
    package var replaced: Int
  }

  /// Whether iconv knows an encoding of this name.
  package static func knows(_ name: String) -> Bool {
    let converter = unsafe iconv_open("UTF-8", name)
    guard unsafe converter != failed else { return false }
    unsafe iconv_close(converter)
    return true
  }

  /// `bytes` as UTF-8, read as `encoding`. Nil when iconv does not know it, or, if `strictly`, when a byte is no
  /// character in it. A character cut in two at the end is dropped either way.
  package static func decode(_ bytes: some RandomAccessCollection<UInt8>, as encoding: String, strictly: Bool)
    -> Result?
  {
    let converter = unsafe iconv_open("UTF-8", encoding)
    guard unsafe converter != failed else { return nil }
    defer { unsafe iconv_close(converter) }
    var result = Result(bytes: [], replaced: 0)
    let isWhole =
      unsafe bytes.withContiguousStorageIfAvailable { input in
        unsafe convert(input, with: converter!, strictly: strictly, into: &result)
      }
      ?? Array(bytes).withUnsafeBufferPointer { input in
        unsafe convert(input, with: converter!, strictly: strictly, into: &result)
      }
    return isWhole ? result : nil
  }

  private static func convert(
    _ input: UnsafeBufferPointer<UInt8>, with converter: iconv_t, strictly: Bool, into result: inout Result
  ) -> Bool {
    result.bytes.reserveCapacity(input.count + input.count / 4)
    // iconv reads through it and writes nothing there.
    var next = unsafe UnsafeMutableRawPointer(mutating: input.baseAddress)?.assumingMemoryBound(to: CChar.self)
    var left = input.count
    var window = [CChar](repeating: 0, count: 64 << 10)
    while left > 0 {
      let (status, error, produced) = unsafe window.withUnsafeMutableBufferPointer { output in
        var target = output.baseAddress
        var room = output.count
        let status = unsafe iconv(converter, &next, &left, &target, &room)
        let error = errno
        return (status, error, output.count - room)
      }
      result.bytes.append(contentsOf: window[..<produced].lazy.map { UInt8(bitPattern: $0) })
      guard status == -1 else { continue }
      switch error {
      case E2BIG: continue
      case EINVAL: return true  // cut in two at the end
      default:
        guard !strictly else { return false }
        result.bytes.append(contentsOf: [0xef, 0xbf, 0xbd])
        result.replaced += 1
        // More than one in a hundred already, however many characters the rest holds: nobody wants it.
        guard result.replaced * 100 <= input.count + 100 else { return true }
        unsafe next = next?.advanced(by: 1)
        left -= 1
      }
    }
    return true
  }

  private static var failed: iconv_t? { unsafe iconv_t(bitPattern: -1) }
}
