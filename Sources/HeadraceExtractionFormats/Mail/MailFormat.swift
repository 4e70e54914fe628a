internal import CGMime
internal import HeadraceExtraction

/// Mail: subject, sender, recipients and date, the body, and the names of what is attached.
struct MailFormat: FormatReader {
  func read(_ input: FormatInput, into sink: TextSink) throws {
    headrace_gmime_init()
    guard input.document.count > 0, let base = unsafe input.document.buffer.baseAddress else { return }
    // A mailbox parts its mails by such lines; the first mail is what is read.
    var start = 0
    if input.document.bytes(at: 0, count: 5).elementsEqual("From ".utf8) {
      unsafe start = (input.document.buffer.firstIndex(of: 0x0a) ?? -1) + 1
    }
    guard
      let message = unsafe headrace_gmime_parse(
        base.advanced(by: start).assumingMemoryBound(to: CChar.self), input.document.count - start)
    else { throw FormatFault.corrupt("It is no mail.") }
    defer { unsafe headrace_gmime_free(message) }
    var mail = MailText(sink, charset: input.charset)
    unsafe mail.write(message)
  }
}
