import Glibc

/// Writes each record as one line to a file descriptor (standard error unless told otherwise), as text for people or as
/// JSON for machines. One `write` a line, so lines of several threads and processes do not mix.
public struct StreamLogHandler: LogHandler {
  /// The form of a line.
  public enum Format: String, Sendable, CaseIterable {
    /// `2026-01-02T03:04:05.678Z info headrace.gateway: ready port=8080`
    case text
    /// `{"time":"…","level":"info","label":"headrace.gateway","message":"ready","port":"8080"}`
    case json
  }

  private let format: Format
  private let descriptor: Int32

  /// Makes a handler.
  public init(format: Format, descriptor: Int32 = 2) {
    self.format = format
    self.descriptor = descriptor
  }

  /// Writes one line.
  public func log(_ record: LogRecord) {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    let time = RFC3339.text(milliseconds: Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000)
    var line = ""
    switch format {
    case .text:
      line = "\(time) \(record.level.rawValue) \(record.label): \(Self.oneLine(record.message))"
      for (key, value) in record.metadata.sorted(by: { $0.key < $1.key }) {
        line += " \(key)=\(Self.quotedWhenNeeded(value))"
      }
    case .json:
      line = "{\"time\":\"\(time)\",\"level\":\"\(record.level.rawValue)\",\"label\":\(JSONText.quoted(record.label))"
      line += ",\"message\":\(JSONText.quoted(record.message))"
      for (key, value) in record.metadata.sorted(by: { $0.key < $1.key }) {
        line += ",\(JSONText.quoted(key)):\(JSONText.quoted(value))"
      }
      line += "}"
    }
    line += "\n"
    line.withUTF8 { bytes in
      var rest = bytes[...]
      while !rest.isEmpty {
        let written = write(descriptor, UnsafeBufferPointer(rebasing: rest).baseAddress, rest.count)
        if written < 0 {
          if errno == EINTR { continue }
          return  // nowhere to complain
        }
        rest = rest.dropFirst(written)
      }
    }
  }

  private static func oneLine(_ text: String) -> String {
    text.contains(where: \.isNewline) ? text.split(whereSeparator: \.isNewline).joined(separator: " ⏎ ") : text
  }

  private static func quotedWhenNeeded(_ value: String) -> String {
    let plain = !value.isEmpty && value.allSatisfy { !$0.isWhitespace && $0 != "\"" && $0 != "=" }
    return plain ? value : JSONText.quoted(value)
  }
}
