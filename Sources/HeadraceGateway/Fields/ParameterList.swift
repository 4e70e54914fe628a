/// A value with parameters, as `Content-Type` and `Content-Disposition` have it: `value; name=token; other="quoted"`.
struct ParameterList: Sendable, Hashable {
  /// What stands before the first semicolon, trimmed and in lower case.
  let value: String
  /// Parameters by lower-case name.
  let parameters: [String: String]

  /// `nil` for a value without a proper form, or a parameter given twice.
  init?(_ text: String) {
    var reader = Reader(bytes: Array(text.utf8)[...])
    reader.skipSpace()
    let value = reader.take { $0 != UInt8(ascii: ";") }
    let trimmed = String(decoding: value, as: UTF8.self).trimmingSpace
    guard !trimmed.isEmpty, trimmed.utf8.allSatisfy({ Reader.isToken($0) || $0 == UInt8(ascii: "/") }) else {
      return nil
    }
    var parameters: [String: String] = [:]
    while reader.accept(UInt8(ascii: ";")) {
      reader.skipSpace()
      if reader.isAtEnd { break }
      let name = String(decoding: reader.take(Reader.isToken), as: UTF8.self).lowercased()
      reader.skipSpace()
      guard !name.isEmpty, reader.accept(UInt8(ascii: "=")) else { return nil }
      reader.skipSpace()
      guard let parameter = reader.parameterValue(), parameters.updateValue(parameter, forKey: name) == nil else {
        return nil
      }
      reader.skipSpace()
    }
    guard reader.isAtEnd else { return nil }
    self.value = trimmed.lowercased()
    self.parameters = parameters
  }

  private struct Reader {
    var bytes: ArraySlice<UInt8>

    var isAtEnd: Bool { bytes.isEmpty }

    static func isToken(_ byte: UInt8) -> Bool {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
      default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
      }
    }

    mutating func skipSpace() { bytes = bytes.drop { $0 == 0x20 || $0 == 0x09 } }

    mutating func take(_ belongs: (UInt8) -> Bool) -> ArraySlice<UInt8> {
      let taken = bytes.prefix(while: belongs)
      bytes = bytes[taken.endIndex...]
      return taken
    }

    mutating func accept(_ byte: UInt8) -> Bool {
      guard bytes.first == byte else { return false }
      bytes = bytes.dropFirst()
      return true
    }

    mutating func parameterValue() -> String? {
      guard accept(UInt8(ascii: "\"")) else {
        let token = take(Self.isToken)
        return token.isEmpty ? nil : String(decoding: token, as: UTF8.self)
      }
      var value: [UInt8] = []
      while let byte = bytes.first {
        bytes = bytes.dropFirst()
        switch byte {
        case UInt8(ascii: "\""): return String(validating: value, as: UTF8.self)
        case UInt8(ascii: "\\"):
          // Browsers write a path's backslash as it is; others escape quotes and backslashes.
          if let next = bytes.first, next == UInt8(ascii: "\"") || next == UInt8(ascii: "\\") {
            value.append(next)
            bytes = bytes.dropFirst()
          } else {
            value.append(byte)
          }
        default: value.append(byte)
        }
      }
      return nil
    }
  }
}

extension StringProtocol {
  var trimmingSpace: String {
    var text = self[...]
    while let first = text.first, first == " " || first == "\t" { text = text.dropFirst() }
    while let last = text.last, last == " " || last == "\t" { text = text.dropLast() }
    return String(text)
  }
}
