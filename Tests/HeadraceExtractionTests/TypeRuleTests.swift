import HeadraceExtraction
import Testing

@Suite("Type: signature, container, declaration, name, in that order of trust", .timeLimit(.minutes(1)))
struct TypeRuleTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var what: String
    var bytes: [UInt8]
    var name: String?
    var declared: String?
    var type: DocumentType?
    var rule: TypeRule
    var reason: String?
    var testDescription: String { what }

    init(
      _ what: String, _ bytes: [UInt8], name: String? = nil, declared: String? = nil, is type: DocumentType?,
      by rule: TypeRule, reason: String? = nil
    ) {
      self.what = what
      self.bytes = bytes
      self.name = name
      self.declared = declared
      self.type = type
      self.rule = rule
      self.reason = reason
    }

    init(
      _ what: String, _ text: String, name: String? = nil, declared: String? = nil, is type: DocumentType?,
      by rule: TypeRule
    ) {
      self.init(what, Array(text.utf8), name: name, declared: declared, is: type, by: rule)
    }
  }

  static let texts: [Case] = [
    Case("plain text without a name", "Just some words.", is: .text, by: .text),
    Case("text named .txt", "Just some words.", name: "a.txt", is: .text, by: .name),
    Case("Markdown by name", "# A title\n\nWords.", name: "README.md", is: .markdown, by: .name),
    Case(
      "Markdown by declaration", "# A title", declared: "text/markdown; charset=utf-8", is: .markdown, by: .declared),
    Case("the declaration before the name", "a,b\n1,2\n", name: "a.txt", declared: "text/csv", is: .csv, by: .declared),
    Case("text/plain says no more than text", "a,b\n", name: "a.csv", declared: "text/plain", is: .csv, by: .name),
    Case("octet-stream says nothing", "{}", name: "a.json", declared: "application/octet-stream", is: .json, by: .name),
    Case("JSON by a structured suffix", "{}", declared: "application/ld+json", is: .json, by: .declared),
    Case("XML by name", "<?xml version='1.0'?><a/>", name: "a.xml", is: .xml, by: .name),
    Case("SVG is XML", "<svg xmlns='x'/>", name: "a.svg", is: .xml, by: .name),
    Case("source code is text", "int main(void) { return 0; }\n#include <x>\n", name: "main.c", is: .text, by: .name),
    Case("JavaScript without a name", "function f() { return 1; }\nvar x = f();\n", is: .text, by: .text),
    Case("a diff", "--- a\n+++ b\n@@ -1 +1 @@\n-x\n+y\n", is: .text, by: .text),
    Case("a script", "#!/bin/sh\necho hello\n", is: .text, by: .text),
    Case("text about PDFs", "%PDF- is how they begin.", name: "a.txt", is: .text, by: .name),
    Case("ISO-2022-KR", "\u{1b}$)C\u{e}Gc\u{f} x", name: "a.txt", is: .text, by: .name),
    Case("HTML by its start", "<!DOCTYPE html><p>x", is: .html, by: .htmlStart),
    Case("HTML named .txt", "  <HTML><body>x", name: "a.txt", is: .html, by: .htmlStart),
    Case(
      "XHTML", "<?xml version='1.0'?>\n<!DOCTYPE html PUBLIC 'x'>\n<html xmlns='y'/>", name: "a.xml", is: .html,
      by: .htmlStart),
    Case("HTML behind a comment", "<!-- made by hand -->\n<html><p>x", is: .html, by: .htmlStart),
    Case("HTML named .md stays Markdown", "<!doctype html><p>x", name: "a.md", is: .markdown, by: .name),
    Case("HTML declared as mail stays mail", "<html>", declared: "message/rfc822", is: .mail, by: .declared),
    Case("htmlx is no HTML", "<htmlx>", is: .text, by: .text),
    Case("a mail by its headers", "From: a@b\nSubject: x\n\nhello", is: .mail, by: .mailHeaders),
    Case(
      "a mail by a later header", "Return-Path: <a@b>\nDelivered-To: c@d\nReceived: by x;\n y\n\nhello", is: .mail,
      by: .mailHeaders),
    Case("headers named .txt are text", "From: a@b\nSubject: x\n\nhello", name: "a.txt", is: .text, by: .name),
    Case("two lines with colons are no mail", "Name: x\nPlace: y\n\nhello", is: .text, by: .text),
    Case("a mail by name", "hello", name: "a.eml", is: .mail, by: .name),
    Case(
      "text that speaks of PDFs", "A PDF begins with %PDF-1.7 and ends elsewhere.", name: "a.md", is: .markdown,
      by: .name),
    Case("text named .pdf", "Just some words.", name: "a.pdf", declared: "application/pdf", is: .text, by: .text),
    Case(
      "windows-1251 text that begins like MP3", [0xff, 0xfb] + Samples.encoded(Samples.russian, as: "CP1251"),
      name: "a.txt", is: .text, by: .name),
    Case("UTF-16 without a mark", Samples.encoded(Samples.german, as: "UTF-16LE"), is: .text, by: .text),
    Case(
      "UTF-16 with HTML in it", Samples.encoded("<!doctype html><title>x</title>" + Samples.german, as: "UTF-16BE"),
      is: .html, by: .htmlStart),
  ]

  static let bytes: [Case] = [
    Case("PDF whatever is said", Samples.pdf("x"), name: "a.txt", declared: "text/plain", is: .pdf, by: .signature),
    Case("PDF behind junk", Array("junk\r\n".utf8) + [0] + Samples.pdf("x"), is: .pdf, by: .signature),
    Case("RTF named .doc", "{\\rtf1 x}", name: "a.doc", is: .rtf, by: .signature),
    Case(
      "DOCX named .txt", Samples.docx(body: ""), name: "a.txt", declared: "text/plain", is: .word, by: .zipDirectory),
    Case("ODT", Samples.openDocument("text", body: ""), is: .openDocumentText, by: .zipDirectory),
    Case("ODS", Samples.openDocument("spreadsheet", body: ""), is: .openDocumentSpreadsheet, by: .zipDirectory),
    Case(
      "a drawing is not read", Samples.openDocument("graphics", body: ""), is: nil, by: .zipDirectory,
      reason: "unsupported_type"),
    Case("a zip file is not read", plainZip(), name: "a.docx", is: nil, by: .zipDirectory, reason: "unsupported_type"),
    Case("a zip file cut short", Array(plainZip().dropLast(30)), is: nil, by: .zipDirectory, reason: "corrupt"),
    Case(
      "a picture",
      [
        0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, 0x49, 0x48, 0x44, 0x52, 0, 0, 0, 1, 0, 0, 0, 1,
        8, 2, 0, 0, 0,
      ], name: "a.pdf", is: .image, by: .signature, reason: "unsupported_type"),
    Case("an old Word file", ole(), name: "a.doc", is: nil, by: .signature, reason: "unsupported_type"),
    Case("a locked Word file", ole("EncryptedPackage"), name: "a.docx", is: nil, by: .signature, reason: "encrypted"),
    Case("zeros", [UInt8](repeating: 0, count: 5000), name: "a.txt", is: nil, by: .unknown, reason: "unsupported_type"),
    Case("PostScript", "%!PS-Adobe-3.0\n%%Title: x\n", is: nil, by: .signature),
  ]

  @Test(arguments: texts + bytes)
  func decides(_ test: Case) throws {
    let decision = try TypeDetector.decide(test.bytes, name: test.name, declaredType: test.declared)
    #expect(decision.type == test.type)
    #expect(decision.rule == test.rule)
    if let reason = test.reason { #expect(decision.refusal?.reason.rawValue == reason) }
    if test.type != nil, test.type != .image { #expect(decision.refusal == nil) }
  }

  @Test("The main part decides, and not a document within the document")
  func embeddedDocumentsDoNotFool() throws {
    var zip = ZipBuilder()
    zip.add(
      "[Content_Types].xml",
      """
      <Types><Override PartName="/xl/embedded.xml" \
      ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>\
      <Override PartName="/word/document2.xml" \
      ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>
      """)
    zip.add(
      "_rels/.rels",
      Samples.relationships([("a", "extended-properties", "x"), ("b", "officeDocument", "/word/document2.xml")]))
    let decision = try TypeDetector.decide(zip.file(), name: nil, declaredType: nil)
    #expect(decision.type == .word)
  }

  @Test("Both names and the declaration are kept")
  func recordsAllThree() throws {
    let decision = try TypeDetector.decide(Samples.pdf("x"), name: "Report.DOCX", declaredType: "Text/Plain; charset=x")
    #expect(decision.nameType == DocumentType.word.mediaType)
    #expect(decision.declaredType == "text/plain")
    #expect(decision.signature == "application/pdf")
  }

  private static func plainZip() -> [UInt8] {
    var zip = ZipBuilder()
    zip.add("a.txt", "hello")
    return zip.file()
  }

  private static func ole(_ stream: String = "WordDocument") -> [UInt8] {
    [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1] + [UInt8](repeating: 0, count: 4000)
      + Samples.encoded(stream, as: "UTF-16LE") + [UInt8](repeating: 0, count: 500)
  }
}
