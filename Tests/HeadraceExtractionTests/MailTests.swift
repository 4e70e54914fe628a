import HeadraceExtraction
import Testing

@Suite("Mail into text", .timeLimit(.minutes(1)))
struct MailTests {
  @Test("Headers decoded, the plain text of alternatives, attachments by name")
  func parts() {
    let mail = """
      From: =?utf-8?q?J=C3=B6rg?= <j@example.org>
      To: b@example.org
      Subject: =?utf-8?b?w4RwZmVs?=
      Date: Mon, 2 Mar 2020 10:11:12 +0100
      MIME-Version: 1.0
      Content-Type: multipart/mixed; boundary=B

      --B
      Content-Type: multipart/alternative; boundary=C

      --C
      Content-Type: text/html

      <p>not this</p>
      --C
      Content-Type: text/plain; charset=iso-8859-1
      Content-Transfer-Encoding: quoted-printable

      Sch=F6ne Gr=FC=DFe
      --C--
      --B
      Content-Type: application/pdf
      Content-Disposition: attachment; filename="bill.pdf"
      Content-Transfer-Encoding: base64

      JVBERi0=
      --B--
      """
    let content = InProcess.read(Array(mail.utf8), as: .mail)
    let text = String(decoding: content.text, as: UTF8.self)
    #expect(
      text.contains("Subject: Äpfel\nFrom: Jörg <j@example.org>\nTo: b@example.org\nDate: 2020-03-02T10:11:12+01:00"))
    #expect(text.contains("Schöne Grüße"))
    #expect(text.hasSuffix("Attachment: bill.pdf"))
    #expect(!text.contains("not this"))
    #expect(content.metadata["title"] == "Äpfel" && content.metadata["created"] == "2020-03-02T10:11:12+01:00")
    #expect(content.positions.map(\.label) == ["bill.pdf"])
  }

  @Test("HTML where there is nothing else; eight bits without a charset")
  func htmlAndEightBits() {
    let html = "From: a@b\nSubject: x\nContent-Type: text/html; charset=koi8-r\n\n<p>"
    let bytes = Array(html.utf8) + Samples.encoded(Samples.russian, as: "KOI8-R") + Array("</p>".utf8)
    #expect(InProcess.text(bytes, as: .mail).hasSuffix(Samples.russian))
    let plain = Array("From: a@b\nSubject: x\n\n".utf8) + Samples.encoded(Samples.german, as: "CP1252")
    #expect(InProcess.text(plain, as: .mail).hasSuffix(Samples.german))
  }

  @Test("A mail within a mail, and a mailbox's first")
  func nested() {
    let inner = "From: c@d\nSubject: inner\n\ninner words"
    let outer = "From a@b Mon Mar  2 10:11:12 2020\nFrom: a@b\nSubject: outer\nContent-Type: message/rfc822\n\n" + inner
    let text = InProcess.text(Array(outer.utf8), as: .mail)
    #expect(text.contains("Attachment: inner") && text.hasSuffix("inner words"))
    let deep = "From: a@b\nSubject: x\n" + String(repeating: "Content-Type: message/rfc822\n\n", count: 5000) + "\n\nx"
    _ = InProcess.read(Array(deep.utf8), as: .mail)
    let groups = "From: " + String(repeating: "g: ", count: 100_000) + "\nSubject: groups\n\nbody"
    #expect(InProcess.text(Array(groups.utf8), as: .mail).hasSuffix("body"))
  }
}
