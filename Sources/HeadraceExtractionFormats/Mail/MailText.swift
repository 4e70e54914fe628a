internal import CGMime
internal import HeadraceExtraction

/// The text of a mail: its parts are walked with a list of our own, since they may be nested as deeply as somebody likes.
struct MailText {
  private let sink: TextSink
  private let charset: String?
  private var attachments = 0
  private var encoding: String?
  private static let maximumParts = 10_000

  init(_ sink: TextSink, charset: String?) {
    self.sink = sink
    self.charset = charset
  }

  /// Writes headers, body and attachments.
  mutating func write(_ message: UnsafeMutablePointer<GMimeMessage>) {
    unsafe headers(message)
    unsafe body(message)
    sink.fact("encoding", encoding)
  }

  private func headers(_ message: UnsafeMutablePointer<GMimeMessage>) {
    let subject = unsafe Self.take(headrace_gmime_subject(message))
    let from = unsafe Self.take(headrace_gmime_addresses(message, 0))
    let date = unsafe Self.take(headrace_gmime_date(message))
    sink.fact("title", subject)
    sink.fact("author", from)
    sink.fact("created", date)
    let lines = unsafe [
      ("Subject", subject), ("From", from), ("To", Self.take(headrace_gmime_addresses(message, 1))),
      ("Cc", Self.take(headrace_gmime_addresses(message, 2))), ("Date", date),
    ]
    for (name, value) in lines {
      guard let value, value.contains(where: { !$0.isWhitespace }) else { continue }
      sink.flow("\(name): \(value)")
      sink.lineBreak()
    }
    sink.paragraphBreak()
  }

  /// The parts, first to last.
  private mutating func body(_ message: UnsafeMutablePointer<GMimeMessage>) {
    guard let root = unsafe headrace_gmime_body(message) else { return }
    var open = unsafe [root]
    var parts = 0
    while let part = unsafe open.popLast(), parts < Self.maximumParts {
      parts += 1
      switch unsafe headrace_gmime_kind(part) {
      case HEADRACE_PART_ALTERNATIVE:
        if let best = unsafe alternative(part) { unsafe open.append(best) }
      case HEADRACE_PART_MULTIPART:
        let count = unsafe Int(headrace_gmime_count(part))
        for index in stride(from: min(count, Self.maximumParts) - 1, through: 0, by: -1) {
          if let child = unsafe headrace_gmime_child(part, Int32(index)) { unsafe open.append(child) }
        }
      case HEADRACE_PART_MESSAGE:
        guard let inner = unsafe headrace_gmime_message(part) else { continue }
        unsafe attachment(named: Self.take(headrace_gmime_subject(inner)) ?? Self.take(headrace_gmime_name(part)))
        unsafe headers(ofForwarded: inner)
        if let root = unsafe headrace_gmime_body(inner) { unsafe open.append(root) }
      case HEADRACE_PART_TEXT: unsafe text(part)
      default:
        unsafe attachment(named: Self.take(headrace_gmime_name(part)))
      }
    }
  }

  private func headers(ofForwarded message: UnsafeMutablePointer<GMimeMessage>) {
    for (name, value) in unsafe [
      ("From", Self.take(headrace_gmime_addresses(message, 0))), ("Date", Self.take(headrace_gmime_date(message))),
    ] {
      guard let value, !value.isEmpty else { continue }
      sink.flow("\(name): \(value)")
      sink.lineBreak()
    }
    sink.paragraphBreak()
  }

  /// The plain text among ways to say the same, else the HTML, else the last that holds parts.
  private func alternative(_ part: UnsafeMutablePointer<GMimeObject>) -> UnsafeMutablePointer<GMimeObject>? {
    var html: UnsafeMutablePointer<GMimeObject>?
    var other: UnsafeMutablePointer<GMimeObject>?
    let count = unsafe min(headrace_gmime_count(part), 64)
    for index in 0..<max(0, count) {
      guard let child = unsafe headrace_gmime_child(part, index) else { continue }
      switch unsafe headrace_gmime_kind(child) {
      case HEADRACE_PART_TEXT:
        if unsafe headrace_gmime_is_html(child) { unsafe html = html ?? child } else { return unsafe child }
      default: unsafe other = child
      }
    }
    return unsafe html ?? other
  }

  private mutating func text(_ part: UnsafeMutablePointer<GMimeObject>) {
    let name = unsafe Self.take(headrace_gmime_name(part))
    if unsafe headrace_gmime_is_attachment(part) {
      attachment(named: name)
      return
    }
    var length = 0
    guard let raw = unsafe headrace_gmime_content(part, &length) else { return }
    defer { unsafe headrace_gmime_release(raw) }
    let bytes = unsafe Array(UnsafeRawBufferPointer(start: raw, count: length))
    let isHTML = unsafe headrace_gmime_is_html(part)
    let declared = unsafe Self.take(headrace_gmime_charset(part)) ?? charset
    guard let decoded = try? TextDecoder.decode(bytes, declared: declared, own: isHTML ? .html : .none) else {
      attachment(named: name ?? "a part in an unknown encoding")
      return
    }
    if encoding == nil { encoding = decoded.encoding }
    sink.paragraphBreak()
    if isHTML {
      try? unsafe decoded.utf8.withUnsafeBytes { try unsafe HTMLText(sink, keepsTitle: false).parse($0) }
    } else {
      unsafe decoded.utf8.filter { $0 != 0x0d }.withUnsafeBytes { unsafe sink.write($0) }
    }
    sink.paragraphBreak()
  }

  /// A line with the attachment's name, and its position.
  private mutating func attachment(named name: String?) {
    attachments += 1
    let name = name ?? "without a name"
    sink.paragraphBreak()
    sink.begin(.attachment, attachments, label: name)
    sink.flow("Attachment: \(name)")
    sink.end(.attachment)
    sink.lineBreak()
  }

  private static func take(_ text: UnsafeMutablePointer<CChar>?) -> String? {
    guard let text = unsafe text else { return nil }
    defer { unsafe headrace_gmime_release(text) }
    let string = unsafe String(cString: text)
    return string.isEmpty ? nil : string
  }
}
