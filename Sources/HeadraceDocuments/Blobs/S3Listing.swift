/// The little of XML and of percent-encoding that answers and requests of S3 need.
enum S3Listing {
  /// The contents of all elements of a name, at any depth.
  static func elements(_ name: String, in document: Substring) -> [Substring] {
    var found: [Substring] = []
    var rest = document
    while let open = rest.firstRange(of: "<\(name)>"),
      let close = rest[open.upperBound...].firstRange(of: "</\(name)>")
    {
      found.append(rest[open.upperBound..<close.lowerBound])
      rest = rest[close.upperBound...]
    }
    return found
  }

  /// The text of the first element of a name.
  static func text(_ name: String, in document: Substring) -> String? {
    elements(name, in: document).first.map { text in
      var plain = String(text)
      for (entity, character) in [
        ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&"),
      ] { plain = plain.split(separator: entity, omittingEmptySubsequences: false).joined(separator: character) }
      return plain
    }
  }

  /// Percent-encoded as S3's signatures want it.
  static func encoded(_ text: String, keepingSlashes: Bool = false) -> String {
    var encoded = ""
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
        UInt8(ascii: "~"):
        encoded.unicodeScalars.append(Unicode.Scalar(byte))
      case UInt8(ascii: "/") where keepingSlashes: encoded += "/"
      default:
        let hex = String(byte, radix: 16, uppercase: true)
        encoded += hex.count == 1 ? "%0\(hex)" : "%\(hex)"
      }
    }
    return encoded
  }
}
