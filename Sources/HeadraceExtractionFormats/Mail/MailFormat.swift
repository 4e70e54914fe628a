internal import CGMime
internal import HeadraceCore
internal import HeadraceExtraction

/// Mail: subject, sender, recipients and date, the body, and the names of what is attached.
struct MailFormat: FormatReader {
  /// GMime reads groups within groups of addresses by calling itself: it gets room for some hundred thousand.
  private static let stackBytes = 256 << 20

  func read(_ input: FormatInput, into sink: TextSink) throws {
    let work = Work(input: input, sink: sink)
    OSThread(name: "mail", stackSize: Self.stackBytes) { work.result = Result { try read(work) } }.join()
    try work.result.get()
  }

  /// What the thread is given and gives back.
  ///
  /// Invariant of the unchecked conformance: only the thread touches it, until it was joined.
  private final class Work: @unchecked Sendable {
    let input: FormatInput
    let sink: TextSink
    var result: Result<Void, any Error> = .success(())

    init(input: FormatInput, sink: TextSink) {
      self.input = input
      self.sink = sink
    }
  }

  private func read(_ work: Work) throws {
    let input = work.input
    let sink = work.sink
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
