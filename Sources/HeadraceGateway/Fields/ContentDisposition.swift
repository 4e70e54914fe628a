internal import HeadraceHTTPServer

/// `Content-Disposition`, read and written.
struct ContentDisposition: Sendable, Hashable {
  /// `form-data`, `attachment`, `inline`.
  let kind: String
  /// The form's field.
  let name: String?
  /// The file's name without any folder; `filename*` wins over `filename`.
  let filename: String?

  init?(_ text: String) {
    guard let list = ParameterList(text) else { return nil }
    kind = list.value
    name = list.parameters["name"]
    if let extended = list.parameters["filename*"] {
      guard let decoded = Self.extended(extended) else { return nil }
      filename = Self.lastComponent(decoded)
    } else {
      filename = list.parameters["filename"].map { Self.lastComponent(Self.unescaped($0)) }
    }
  }

  /// `attachment` with a name that every client reads: as ASCII, and as UTF-8 where that is not the same.
  static func attachment(_ filename: String) -> String {
    let plain = String(
      decoding: filename.utf8.map { byte -> UInt8 in
        byte < 0x20 || byte >= 0x7F || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
          ? UInt8(ascii: "_") : byte
      }, as: UTF8.self)
    let value = "attachment; filename=\"\(plain)\""
    return plain == filename ? value : value + "; filename*=UTF-8''\(PercentEncoding.encode(filename))"
  }

  private static func lastComponent(_ path: String) -> String {
    String(path.split(omittingEmptySubsequences: false) { $0 == "/" || $0 == "\\" }.last ?? "")
  }

  /// A plain name without the escapes of those who write forms: some clients escape whatever is not ASCII (RFC 7578 lets
  /// them), browsers quotes and line ends alone. Any other percent sign is one of the name's own.
  private static func unescaped(_ name: String) -> String {
    guard name.utf8.contains(UInt8(ascii: "%")) else { return name }
    if let decoded = PercentEncoding.decode(name), !decoded.utf8.allSatisfy({ $0 < 0x80 }),
      name.utf8.allSatisfy({ $0 < 0x80 })
    {
      return decoded
    }
    return name.replacing("%22", with: "\"").replacing("%0D", with: "\r").replacing("%0A", with: "\n")
  }

  private static func extended(_ value: String) -> String? {
    let parts = value.split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3 else { return nil }
    switch parts[0].lowercased() {
    case "utf-8": return PercentEncoding.decode(String(parts[2]))
    // The older of the two RFCs had it as well, and writers that follow it exist.
    case "iso-8859-1": return PercentEncoding.decodeLatin1(String(parts[2]))
    default: return nil
    }
  }
}
