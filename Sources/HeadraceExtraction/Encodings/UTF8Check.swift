/// What a strict look at bytes as UTF-8 finds.
package struct UTF8Check: Sendable, Hashable {
  /// Whether all is valid, but for at most one character that is cut off at the end.
  package var isValid: Bool
  /// The length of the valid beginning, in bytes.
  package var validPrefix: Int
  /// Whether it ends within a character.
  package var isCut: Bool
  /// Whether a NUL is among the valid beginning.
  package var hasNUL = false
  /// Whether an ESC is among the valid beginning.
  package var hasEscape = false
  /// Unicode scalars of the valid beginning.
  package var scalars = 0

  /// Looks at `bytes`: no overlong forms, no surrogates, nothing above U+10FFFF.
  package init(_ bytes: UnsafeBufferPointer<UInt8>) {
    var index = 0
    let count = bytes.count
    var continuation = 0
    isValid = true
    isCut = false
    while index < count {
      let byte = unsafe bytes[index]
      if byte < 0x80 {
        if byte == 0 { hasNUL = true } else if byte == 0x1b { hasEscape = true }
        index += 1
        continue
      }
      let length = unsafe Self.lengthOfCharacter(bytes, at: index)
      guard length > 0 else {
        isCut = length == 0
        isValid = isCut
        break
      }
      continuation += length - 1
      index += length
    }
    validPrefix = index
    scalars = index - continuation
  }

  /// Looks at `bytes`.
  package init(_ bytes: [UInt8]) {
    self = unsafe bytes.withUnsafeBufferPointer { unsafe UTF8Check($0) }
  }

  /// The length of the character that begins at `index`: 0 where the bytes end within it, -1 where there is none.
  @inline(__always)
  private static func lengthOfCharacter(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> Int {
    let first = unsafe bytes[index]
    let length: Int
    // The second byte's range is what excludes overlong forms, surrogates and all above U+10FFFF.
    var low: UInt8 = 0x80
    var high: UInt8 = 0xbf
    switch first {
    case 0xc2...0xdf: length = 2
    case 0xe0:
      length = 3
      low = 0xa0
    case 0xed:
      length = 3
      high = 0x9f
    case 0xe1...0xef: length = 3
    case 0xf0:
      length = 4
      low = 0x90
    case 0xf4:
      length = 4
      high = 0x8f
    case 0xf1...0xf3: length = 4
    default: return -1
    }
    let available = bytes.count - index
    if available > 1 {
      let second = unsafe bytes[index + 1]
      guard second >= low, second <= high else { return -1 }
    }
    var offset = 2
    while offset < min(length, available) {
      guard unsafe bytes[index + offset] & 0xc0 == 0x80 else { return -1 }
      offset += 1
    }
    return available < length ? 0 : length
  }
}
