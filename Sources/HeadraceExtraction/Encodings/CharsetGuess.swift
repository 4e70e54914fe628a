internal import CUchardet

/// What uchardet takes bytes for. Asked last, and never about UTF-8 or UTF-16: it takes one short German text in eight for
/// something else, and every UTF-16 text without a mark for windows-1252.
package enum CharsetGuess {
  /// The name it gives, empty when it gives none.
  package static func guess(_ bytes: ArraySlice<UInt8>) -> String {
    guard let detector = unsafe uchardet_new() else { return "" }
    defer { unsafe uchardet_delete(detector) }
    let status = unsafe bytes.withUnsafeBytes { buffer in
      unsafe uchardet_handle_data(detector, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), buffer.count)
    }
    guard status == 0 else { return "" }
    unsafe uchardet_data_end(detector)
    return unsafe uchardet_get_charset(detector).map { unsafe String(cString: $0) } ?? ""
  }
}
