/// Tells UTF-32 without a byte order mark: nothing else has every fourth byte zero and a character in every four.
package enum UTF32Check {
  /// The encoding that `bytes` are in; nil when it is not UTF-32.
  package static func encoding(of bytes: [UInt8]) -> String? {
    let head = bytes.prefix(64 << 10)
    guard head.count >= 8, head.count % 4 == 0 else { return nil }
    if isText(head, order: [0, 1, 2, 3]) { return "UTF-32LE" }
    if isText(head, order: [3, 2, 1, 0]) { return "UTF-32BE" }
    return nil
  }

  private static func isText(_ bytes: ArraySlice<UInt8>, order: [Int]) -> Bool {
    var index = bytes.startIndex
    while index < bytes.endIndex {
      var value: UInt32 = 0
      for place in 0..<4 { value |= UInt32(bytes[index + order[place]]) << UInt32(8 * place) }
      let isControl = value < 0x20 && value != 9 && value != 10 && value != 13 && value != 12
      guard !isControl, Unicode.Scalar(value) != nil else { return false }
      index += 4
    }
    return true
  }
}
